// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Guardian } from "../../src/admin/Guardian.sol";
import { Create3Factory } from "../../src/deploy/Create3Factory.sol";
import { IGuardian } from "../../src/interfaces/IGuardian.sol";
import { ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups } from "../../src/interfaces/IMarginGroups.sol";
import { IOracleHub, OracleTerms, PriceReport } from "../../src/interfaces/IOracleHub.sol";
import { IPortfolioRequirements } from "../../src/interfaces/IPortfolioRequirements.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { MarginEngine } from "../../src/margin/MarginEngine.sol";
import { MarginGroups } from "../../src/margin/MarginGroups.sol";
import { OracleHub } from "../../src/oracle/OracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { VaultRegistry } from "../../src/vault/VaultRegistry.sol";
import { Test } from "forge-std/Test.sol";

/// @notice The book with its oracle and registry, deployed as production does it: CREATE3 through the factory, every address predicted. The venue
/// and the liquidation engine are addresses only: a test plays them, or Fixture deploys the real ones there.
/// Amounts in the names of constants: USD has 6 decimals, ETH 18, BTC 8.
abstract contract BookFixture is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant USD = 1e6;
    uint256 internal constant START = 1_700_000_000;

    bytes32 internal constant FEED_SET = keccak256("bulkhead/test");
    bytes32 internal constant ETH_USD = keccak256("ETH/USD");
    bytes32 internal constant BTC_USD = keccak256("BTC/USD");
    uint256 internal constant ETH_PRICE = 2000e18;
    uint256 internal constant BTC_PRICE = 40_000e18;
    uint32 internal constant AGE_RISK = 10;
    uint32 internal constant AGE_LIQUIDATION = 30;
    uint32 internal constant AGE_SETTLEMENT = 60;
    uint64 internal constant STABLE_RATE = 0.01e18;

    address internal immutable admin = makeAddr("admin");
    address internal immutable guardianKey = makeAddr("guardian");
    Create3Factory internal factory;
    IVaultRegistry internal registry;
    IOracleHub internal oracle;
    IGuardian internal guardian;
    IMarginEngine internal engine;
    ILiquidationEngine internal liquidationEngine;
    address internal clearingHouseAddress;
    TestToken internal usd;
    TestToken internal eth;
    TestToken internal btc;
    /// @dev Private keys, in the order of their addresses.
    uint256[3] internal signerKeys;

    function setUp() public virtual {
        vm.warp(START);
        usd = _newQuote();
        eth = new TestToken("Ether", "ETH", _etherDecimals());
        btc = new TestToken("Bitcoin", "BTC", 8);
        _deployBook(address(usd));
        vm.startPrank(admin);
        engine.listCollateral(address(eth), ETH_USD, 0.1e18, 0.15e18);
        engine.listCollateral(address(btc), BTC_USD, 0.08e18, 0.12e18);
        vm.stopPrank();
        _post(ETH_USD, ETH_PRICE);
        _post(BTC_USD, BTC_PRICE);
    }

    function _newQuote() internal virtual returns (TestToken) {
        return new TestToken("US Dollar", "USD", _quoteDecimals());
    }

    /// @dev 18 at most; USD and what names it are for 6.
    function _quoteDecimals() internal view virtual returns (uint8) {
        return 6;
    }

    function _etherDecimals() internal view virtual returns (uint8) {
        return 18;
    }

    /// @dev So many whole units of quote.
    function _dollars(uint256 whole) internal view returns (uint256) {
        return whole * 10 ** _quoteDecimals();
    }

    /* DEPLOYMENT */

    function _deployBook(address quote) internal {
        factory = new Create3Factory();
        registry = IVaultRegistry(_predict("registry"));
        oracle = IOracleHub(_predict("oracle"));
        guardian = IGuardian(_predict("guardian"));
        engine = IMarginEngine(_predict("engine"));
        liquidationEngine = ILiquidationEngine(_predict("liquidation"));
        clearingHouseAddress = _predict("clearing");
        _makeSigners();
        _deploy("registry", abi.encodePacked(type(VaultRegistry).creationCode, abi.encode(_modules())));
        _deploy(
            "oracle",
            abi.encodePacked(
                type(OracleHub).creationCode, abi.encode(_modules(), _oracleTerms(), _signers(), uint256(2))
            )
        );
        _deploy("guardian", abi.encodePacked(type(Guardian).creationCode, abi.encode(_modules(), guardianKey)));
        bytes memory arguments = abi.encode(_modules(), quote);
        _deploy("engine", abi.encodePacked(type(MarginEngine).creationCode, arguments));
        _deploy("groups", abi.encodePacked(type(MarginGroups).creationCode, abi.encode(_modules())));
    }

    /// @dev Every address of the deployment, whether or not this fixture deploys anything there.
    function _modules() internal view returns (Modules memory) {
        return Modules({
            registry: registry,
            marginEngine: engine,
            groups: IMarginGroups(_predict("groups")),
            requirements: IPortfolioRequirements(_predict("requirements")),
            oracle: oracle,
            liquidationEngine: liquidationEngine,
            clearingHouse: clearingHouseAddress,
            riskConfig: _predict("riskConfig"),
            guardian: address(guardian),
            admin: admin
        });
    }

    /// @dev Prices jump in most tests, upwards too: their bound has tests of its own.
    function _oracleTerms() internal view virtual returns (OracleTerms memory) {
        return OracleTerms({
            feedSetId: FEED_SET,
            maxAges: [AGE_RISK, AGE_LIQUIDATION, AGE_SETTLEMENT],
            maxStepWad: 10e18,
            confirmBandWad: 0.02e18,
            maxConfWad: 0.5e18,
            stableRateWad: STABLE_RATE,
            sequencerFeed: address(0),
            graceSeconds: 0
        });
    }

    function _predict(string memory name) internal view returns (address) {
        return factory.predict(address(this), keccak256(bytes(name)));
    }

    function _deploy(string memory name, bytes memory initCode) internal returns (address deployed) {
        deployed = factory.deploy(keccak256(bytes(name)), initCode);
        assertEq(deployed, _predict(name), "CREATE3 address");
    }

    function _makeSigners() private {
        for (uint256 i = 0; i < 3; ++i) {
            (, signerKeys[i]) = makeAddrAndKey(string.concat("signer", vm.toString(i)));
        }
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < 2 - i; ++j) {
                if (vm.addr(signerKeys[j]) > vm.addr(signerKeys[j + 1])) {
                    (signerKeys[j], signerKeys[j + 1]) = (signerKeys[j + 1], signerKeys[j]);
                }
            }
        }
    }

    function _signers() internal view returns (address[] memory addresses) {
        addresses = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            addresses[i] = vm.addr(signerKeys[i]);
        }
    }

    /* PRICES */

    function _post(bytes32 feed, uint256 priceWad) internal {
        oracle.post(_one(_report(feed, priceWad)));
    }

    /// @dev Moves the block's time, and posts the standing prices anew.
    function _skip(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
        _refresh(ETH_USD);
        _refresh(BTC_USD);
    }

    function _refresh(bytes32 feed) internal {
        _post(feed, oracle.feedState(feed).priceWad);
    }

    function _report(bytes32 feed, uint256 priceWad) internal view returns (PriceReport memory) {
        return _report(feed, priceWad, 0, uint64(vm.getBlockTimestamp()));
    }

    /// @dev Signed by the first two of the three.
    function _report(bytes32 feed, uint256 priceWad, uint256 confWad, uint64 time)
        internal
        view
        returns (PriceReport memory report)
    {
        report = PriceReport(feed, priceWad, confWad, time, 1, new bytes[](2));
        for (uint256 i = 0; i < 2; ++i) {
            report.signatures[i] = _sign(signerKeys[i], report);
        }
    }

    function _sign(uint256 key, PriceReport memory report) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, oracle.digest(report));
        return abi.encodePacked(r, s, v);
    }

    function _one(PriceReport memory report) internal pure returns (PriceReport[] memory reports) {
        reports = new PriceReport[](1);
        reports[0] = report;
    }

    function _none() internal pure returns (PriceReport[] memory) {
        return new PriceReport[](0);
    }

    /* ACCOUNTS AND VAULTS */

    function _ownerKey(address owner) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"0001000000", uint8(20), owner);
    }

    /// @dev The owner sends the transaction itself: an account of an EOA can be registered in no other way but by signature.
    function _register(address owner) internal returns (bytes32 accountId) {
        vm.prank(owner, owner);
        return registry.ensureAccount(_ownerKey(owner), 0);
    }

    function _openVault(address owner, uint32 bucket, address venue, bytes32 memberId)
        internal
        returns (bytes32 vaultId)
    {
        bytes32 accountId = _register(owner);
        vm.prank(owner);
        return registry.openVault(accountId, bucket, venue, memberId);
    }

    /* MONEY */

    function _deposit(address from, bytes32 vaultId, TestToken token, uint256 amount) internal {
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(engine), type(uint256).max);
        engine.deposit(vaultId, address(token), amount);
        vm.stopPrank();
    }

    function _withdraw(address caller, bytes32 vaultId, address token, uint256 amount) internal {
        vm.prank(caller);
        engine.withdraw(vaultId, token, amount, caller, _none());
    }

    function _free(bytes32 vaultId, address token) internal view returns (uint256) {
        return engine.bookOf(vaultId, token).free;
    }

    function _booked(bytes32 vaultId, address token) internal view returns (uint256) {
        return uint256(engine.bookOf(vaultId, token).free) + engine.bookOf(vaultId, token).locked
            + engine.bookOf(vaultId, token).credit;
    }

    function _live(bytes32 vaultId, address token) internal view returns (uint256) {
        return TestToken(token).balanceOf(engine.escrowOf(vaultId));
    }

    function _assertSeg1(bytes32 vaultId, address token) internal view {
        assertGe(_live(vaultId, token), _booked(vaultId, token), "SEG-1: live below book");
    }
}
