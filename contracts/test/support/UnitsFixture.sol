// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceReport } from "../../src/interfaces/IOracleHub.sol";
import { Core, VaultLens } from "../../src/lens/VaultLens.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { RiskFixture } from "./RiskFixture.sol";
import { ERC6909 } from "solady/tokens/ERC6909.sol";

contract Receipts is ERC6909 {
    function mint(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount);
    }

    function name(uint256) public pure override returns (string memory) {
        return "Receipts";
    }

    function symbol(uint256) public pure override returns (string memory) {
        return "RCP";
    }

    function tokenURI(uint256) public pure override returns (string memory) {
        return "";
    }
}

/// @notice The whole system under several decimals of quote and ether. A test says what it means in dollars, coins and units of the underlying, and
/// compares with what a contract takes and gives. At 36 decimals one escrow has room for 1.3 coins. No house capital but what a test puts there.
abstract contract UnitsFixture is RiskFixture {
    struct Decimals {
        uint8 quote;
        uint8 coin;
    }

    Decimals internal chosen;
    VaultLens internal lens;

    /// @dev The outermost allowed, and what is usual, both ways round.
    modifier atEveryDecimals() {
        uint256 clean = vm.snapshotState();
        for (uint256 i = 0; i < 4; ++i) {
            _build([Decimals(6, 18), Decimals(18, 6), Decimals(0, 36), Decimals(2, 0)][i]);
            _;
            vm.revertToState(clean);
        }
    }

    /// @dev By the modifier, not before.
    function setUp() public override { }

    function _build(Decimals memory decimals) internal {
        chosen = decimals;
        emit log_named_uint("decimals of quote", decimals.quote);
        emit log_named_uint("decimals of the coin", decimals.coin);
        RiskFixture.setUp();
        lens = new VaultLens();
    }

    function _quoteDecimals() internal view override returns (uint8) {
        return chosen.quote;
    }

    function _etherDecimals() internal view override returns (uint8) {
        return chosen.coin;
    }

    function _houseCapital() internal pure override returns (uint256) {
        return 0;
    }

    /* HUMAN AMOUNTS */

    function dollars(uint256 whole) internal view returns (uint256) {
        return _dollars(whole);
    }

    function signed(int256 whole) internal view returns (int256) {
        return whole * int256(10 ** chosen.quote);
    }

    function coins(uint256 whole) internal view returns (uint256) {
        return whole * 10 ** chosen.coin;
    }

    /* WORDS */

    function _give(Trader memory trader, TestToken token, uint256 amount) internal returns (uint256 booked) {
        return _giveTo(trader.owner, trader.vault, token, amount);
    }

    function _giveTo(address from, bytes32 vault, TestToken token, uint256 amount) internal returns (uint256 booked) {
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(engine), type(uint256).max);
        booked = engine.deposit(vault, address(token), amount);
        vm.stopPrank();
    }

    /// @dev A report one second later, for a call to bring.
    function _fresh(uint256 priceWad) internal returns (PriceReport[] memory) {
        vm.warp(vm.getBlockTimestamp() + 1);
        return _one(_report(ETH_USD, priceWad));
    }

    function _assertPrice(uint256 priceWad) internal view {
        assertEq(oracle.feedState(ETH_USD).priceWad, priceWad, "the report that came with the call");
    }

    /// @dev Half of the round at the price it began with, half at `second`: it closes between the two.
    function _roundOfTwoHalves(uint256 second) internal {
        _skip(ROUND_SECONDS / 2 - 1);
        _mark(ETH_USD, second);
        _skip(ROUND_SECONDS / 2);
        clearingHouse.closeRound(PERP, _none());
    }

    function _typed(string memory name, bytes32 structHash, address verifier) internal view returns (bytes32) {
        bytes32 typehash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes memory domain = abi.encode(typehash, keccak256(bytes(name)), keccak256("1"), block.chainid, verifier);
        return keccak256(abi.encodePacked(hex"1901", keccak256(domain), structHash));
    }

    function _core() internal view returns (Core memory) {
        return Core({
            registry: registry,
            marginEngine: engine,
            clearingHouse: clearingHouse,
            liquidationEngine: liquidationEngine,
            oracleHub: oracle,
            groups: groups,
            requirements: requirements
        });
    }

    function _only(bytes32 vault) internal pure returns (bytes32[] memory vaults) {
        vaults = new bytes32[](1);
        vaults[0] = vault;
    }

    function _token(TestToken token) internal pure returns (address[] memory tokens) {
        tokens = new address[](1);
        tokens[0] = address(token);
    }
}
