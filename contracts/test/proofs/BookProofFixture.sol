// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Book, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups } from "../../src/interfaces/IMarginGroups.sol";
import { IOracleHub, PriceReport } from "../../src/interfaces/IOracleHub.sol";
import { IPortfolioRequirements } from "../../src/interfaces/IPortfolioRequirements.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { Erc7930 } from "../../src/libraries/Erc7930.sol";
import { MarginEngine } from "../../src/margin/MarginEngine.sol";
import { MarginGroups } from "../../src/margin/MarginGroups.sol";
import { VaultRegistry } from "../../src/vault/VaultRegistry.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { Test } from "forge-std/Test.sol";

/// @dev An ordinary token whose storage a symbolic executor can follow.
contract ProofToken is ERC20("Proof", "PRF") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice The real registry, engine, groups and escrows, for symbolic execution: four vaults with any balances of two assets.
/// Bounds, for every check: no vault is grouped or in auction and no venue has code, so that owners' calls end in the engine itself; amounts fit 96 bits;
/// tokens are honest. Venue, liquidation engine, admin and oracle are addresses that a check speaks for.
abstract contract BookProofFixture is Test {
    /// @dev Clear of every precompile.
    address internal constant ADMIN = address(0xc0de01);
    address internal constant LIQUIDATION_ENGINE = address(0xc0de02);
    address internal constant ORACLE = address(0xc0de03);
    address internal constant VENUE = address(0xc0de04);
    address internal constant OTHER_VENUE = address(0xc0de05);
    address internal constant ALICE = address(0xc0de06);
    address internal constant BOB = address(0xc0de07);
    address internal constant OPERATOR = address(0xc0de08);

    VaultRegistry internal registry;
    MarginEngine internal engine;
    MarginGroups internal groups;
    ProofToken internal quote;
    ProofToken internal ether_;
    bytes32 internal aliceAccount;
    bytes32 internal bobAccount;
    bytes32 internal aliceVault;
    bytes32 internal bobVault;
    bytes32 internal venueVault;
    bytes32 internal otherVenueVault;

    function setUp() public virtual {
        quote = new ProofToken();
        ether_ = new ProofToken();
        // Symbolic execution numbers new contracts in order, so that those that name one another are known beforehand.
        uint160 next = uint160(address(ether_));
        Modules memory modules = Modules({
            registry: VaultRegistry(address(next + 1)),
            // Its constructor creates the escrow implementation.
            marginEngine: IMarginEngine(address(next + 2)),
            groups: IMarginGroups(address(next + 4)),
            requirements: IPortfolioRequirements(address(0xc0de0c)),
            oracle: IOracleHub(ORACLE),
            liquidationEngine: ILiquidationEngine(LIQUIDATION_ENGINE),
            clearingHouse: VENUE,
            riskConfig: address(0xc0de0d),
            guardian: address(0xc0de0e),
            admin: ADMIN
        });
        registry = new VaultRegistry(modules);
        engine = new MarginEngine(modules, address(quote));
        groups = new MarginGroups(modules);
        require(address(registry) == address(modules.registry), "registry elsewhere");
        require(address(engine) == address(modules.marginEngine), "engine elsewhere");
        require(address(groups) == address(modules.groups), "groups elsewhere");
        vm.prank(ADMIN);
        engine.listCollateral(address(ether_), keccak256("ETH/USD"), 0.1e18, 0.15e18);

        (aliceAccount, aliceVault) = _open(ALICE, Erc7930.encode(ALICE), VENUE);
        (bobAccount, bobVault) = _open(BOB, Erc7930.encode(BOB), VENUE);
        (, venueVault) = _open(VENUE, Erc7930.encode(block.chainid, VENUE), address(0));
        (, otherVenueVault) = _open(OTHER_VENUE, Erc7930.encode(block.chainid, OTHER_VENUE), address(0));
    }

    function _open(address owner, bytes memory key, address venue) private returns (bytes32 account, bytes32 vault) {
        vm.prank(owner, owner);
        account = registry.ensureAccount(key, 0);
        vm.prank(owner);
        vault = registry.openVault(account, 0, venue, 0);
    }

    /* STATE */

    /// @dev Any balances, put there by deposits.
    function _fill(uint96 a, uint96 b, uint96 c, uint96 d) internal {
        _put(ALICE, aliceVault, a);
        _put(BOB, bobVault, b);
        _put(VENUE, venueVault, c);
        _put(OTHER_VENUE, otherVenueVault, d);
    }

    function _put(address owner, bytes32 vault, uint96 amount) private {
        vm.assume(amount != 0);
        _putToken(owner, vault, quote, amount);
        _putToken(owner, vault, ether_, amount);
    }

    function _putToken(address owner, bytes32 vault, ProofToken token, uint256 amount) private {
        token.mint(owner, amount);
        vm.startPrank(owner);
        token.approve(address(engine), amount);
        engine.deposit(vault, address(token), amount);
        vm.stopPrank();
    }

    /// @dev One of the four.
    function _vault(uint8 which) internal view returns (bytes32) {
        if (which == 0) return aliceVault;
        if (which == 1) return bobVault;
        if (which == 2) return venueVault;
        return otherVenueVault;
    }

    function _ownerOf(bytes32 vault) internal view returns (address) {
        return registry.ownerOf(registry.vaultOf(vault).accountId);
    }

    function _token(bool isQuote) internal view returns (address) {
        return isQuote ? address(quote) : address(ether_);
    }

    /* CALLS */

    function _none() internal pure returns (PriceReport[] memory) {
        return new PriceReport[](0);
    }

    function _same(Book memory left, Book memory right) internal pure returns (bool) {
        return left.free == right.free && left.locked == right.locked && left.credit == right.credit;
    }
}
