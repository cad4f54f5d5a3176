// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Book } from "../../src/interfaces/IMarginEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { Escrow } from "../../src/vault/Escrow.sol";
import { BookProofFixture } from "./BookProofFixture.sol";

/// @notice SEG-2, SEG-3 and MRG-2 on the real engine, registry and escrows. Whoever calls, whatever vault, amount and balances.
contract BookProof is BookProofFixture {
    /* SEG-2, SEG-3: what a door lets through, and for whom */

    /// @dev The owner, or an operator with exactly the withdraw right, takes what it asked for out of that vault; nobody else takes anything.
    function check_SEG2_SEG3_a_withdrawal_moves_the_amount_out_of_that_vault_for_who_may(
        address caller,
        uint8 which,
        uint8 another,
        bool isQuote,
        uint256 amount,
        uint256 granted,
        uint96 balance,
        uint96 balanceOther
    ) public {
        _fill(balance, balanceOther, balance, balanceOther);
        (bytes32 vault, bytes32 other, address token) = (_vault(which), _vault(another), _token(isQuote));
        vm.prank(ALICE);
        registry.setRights(aliceAccount, OPERATOR, granted);
        Books memory before = _books(vault, other, token);
        vm.prank(caller);
        engine.withdraw(vault, token, amount, address(0xdead), _none());

        bool byOperator = vault == aliceVault && caller == OPERATOR && granted & Rights.WITHDRAW != 0;
        assert(caller == _ownerOf(vault) || byOperator);
        Books memory afterwards = _books(vault, other, token);
        assert(afterwards.acted.free == before.acted.free - amount);
        assert(afterwards.live == before.live - amount);
        if (other != vault) _assertUntouched(before, afterwards);
    }

    /// @dev A venue takes quote out of a vault that chose it, into its own vault, and touches no third.
    function check_SEG2_SEG3_a_charge_moves_quote_from_a_vault_that_chose_the_caller_to_the_callers_own(
        address caller,
        uint8 which,
        uint8 another,
        uint32 bucket,
        uint256 amount,
        uint96 balance,
        uint96 balanceOther
    ) public {
        _fill(balance, balanceOther, balance, balanceOther);
        (bytes32 vault, bytes32 other) = (_vault(which), _vault(another));
        Books memory before = _books(vault, other, address(quote));
        uint128 own = engine.bookOf(venueVault, address(quote)).free;
        vm.prank(caller);
        uint256 collected = engine.charge(vault, bucket, amount);

        assert(caller == VENUE && (vault == aliceVault || vault == bobVault));
        assert(collected == amount || collected == 0);
        Books memory afterwards = _books(vault, other, address(quote));
        assert(afterwards.acted.free == before.acted.free - collected);
        assert(engine.bookOf(venueVault, address(quote)).free == own + collected);
        if (other != vault && other != venueVault) _assertUntouched(before, afterwards);
    }

    /// @dev A venue pays out of its own vault into one that chose it, and touches no third.
    function check_SEG2_SEG3_a_payment_comes_out_of_the_callers_own_vault(
        address caller,
        uint8 which,
        uint8 another,
        uint32 bucket,
        uint256 amount,
        uint96 balance,
        uint96 balanceOther
    ) public {
        _fill(balance, balanceOther, balance, balanceOther);
        (bytes32 vault, bytes32 other) = (_vault(which), _vault(another));
        Books memory before = _books(vault, other, address(quote));
        uint128 own = engine.bookOf(venueVault, address(quote)).free;
        vm.prank(caller);
        engine.pay(bucket, vault, amount);

        assert(caller == VENUE && (vault == aliceVault || vault == bobVault));
        Books memory afterwards = _books(vault, other, address(quote));
        assert(afterwards.acted.free >= before.acted.free);
        assert(engine.bookOf(venueVault, address(quote)).free == own - amount);
        if (other != vault && other != venueVault) _assertUntouched(before, afterwards);
    }

    /// @dev The liquidation engine alone moves between two vaults, and touches no third.
    function check_SEG2_SEG3_a_bid_moves_between_its_two_vaults_for_the_liquidation_engine_alone(
        address caller,
        uint8 which,
        uint8 target,
        uint8 another,
        uint256 amount,
        uint96 balance,
        uint96 balanceOther
    ) public {
        _fill(balance, balanceOther, balance, balanceOther);
        (bytes32 vault, bytes32 to, bytes32 other) = (_vault(which), _vault(target), _vault(another));
        Books memory before = _books(vault, other, address(ether_));
        vm.prank(caller);
        engine.moveForBid(vault, to, address(ether_), amount);

        assert(caller == LIQUIDATION_ENGINE || amount == 0);
        Books memory afterwards = _books(vault, other, address(ether_));
        assert(afterwards.acted.free == before.acted.free - amount);
        if (other != vault && other != to) _assertUntouched(before, afterwards);
    }

    /// @dev A deposit by anyone takes nothing out of any vault and touches no other.
    function check_SEG2_MRG2_a_deposit_adds_to_that_vault_and_touches_no_other(
        address caller,
        uint8 which,
        uint8 another,
        bool isQuote,
        uint96 amount,
        uint96 balance,
        uint96 balanceOther
    ) public {
        _fill(balance, balanceOther, balance, balanceOther);
        (bytes32 vault, bytes32 other, address token) = (_vault(which), _vault(another), _token(isQuote));
        quote.mint(caller, amount);
        ether_.mint(caller, amount);
        vm.startPrank(caller);
        quote.approve(address(engine), amount);
        ether_.approve(address(engine), amount);
        Books memory before = _books(vault, other, token);
        uint256 booked = engine.deposit(vault, token, amount);
        vm.stopPrank();

        Books memory afterwards = _books(vault, other, token);
        assert(booked == amount && afterwards.acted.free == before.acted.free + amount);
        if (other != vault) _assertUntouched(before, afterwards);
    }

    /* SEG-3: there is no other door */

    /// @dev Whoever calls: every function that is not one of the doors above leaves every book entry as it was.
    function check_SEG3_no_other_function_moves_anything(
        address caller,
        uint8 door,
        uint8 which,
        uint8 another,
        address token,
        uint256 amount,
        uint96 balance
    ) public {
        vm.assume(caller != address(engine));
        _fill(balance, balance, balance, balance);
        (bytes32 vault, bytes32 other) = (_vault(which), _vault(another));
        Books memory before = _books(vault, other, address(quote));
        vm.prank(caller);
        _knock(door, vault, token, amount);
        Books memory afterwards = _books(vault, other, address(quote));
        assert(_same(before.acted, afterwards.acted));
        assert(before.live == afterwards.live);
        _assertUntouched(before, afterwards);
    }

    /// @dev An escrow obeys the engine alone.
    function check_SEG3_an_escrow_sends_for_the_engine_alone(address caller, uint256 amount, uint96 balance) public {
        _fill(balance, balance, balance, balance);
        vm.prank(ALICE);
        engine.withdraw(aliceVault, address(quote), 1, ALICE, _none()); // its code is there from now on
        Escrow escrow = Escrow(engine.escrowOf(aliceVault));
        vm.prank(caller);
        escrow.release(address(quote), caller, amount);
        assert(caller == address(engine));
    }

    /* MRG-2: nobody unauthorised makes a vault worse */

    /// @dev A stranger (no owner, operator, venue or module) who calls anything, doors included: no vault loses anything, and no flag of it changes.
    function check_MRG2_a_stranger_takes_nothing_and_marks_nothing(
        address caller,
        uint8 door,
        uint8 which,
        uint8 another,
        uint256 amount,
        uint96 balance
    ) public {
        vm.assume(caller != ALICE && caller != BOB && caller != VENUE && caller != OTHER_VENUE);
        vm.assume(caller != LIQUIDATION_ENGINE && caller != ADMIN);
        // It passes for the venue of a vault that has none, and nobody can call from it.
        vm.assume(caller != address(0));
        vm.assume(caller != address(groups) && caller != address(engine));
        _fill(balance, balance, balance, balance);
        (bytes32 vault, bytes32 other) = (_vault(which), _vault(another));
        uint16 flags = _flags(other);
        Books memory before = _books(vault, other, address(quote));
        vm.prank(caller);
        if (door < 20) _knock(door, vault, address(quote), amount);
        else if (door == 20) engine.withdraw(vault, address(quote), amount, caller, _none());
        else if (door == 21) engine.charge(vault, 0, amount);
        else if (door == 22) engine.pay(0, vault, amount);
        else if (door == 23) engine.moveForBid(vault, other, address(quote), amount);
        else engine.withdraw(vault, address(ether_), amount, caller, _none());
        Books memory afterwards = _books(vault, other, address(quote));
        assert(afterwards.acted.free >= before.acted.free && afterwards.live >= before.live);
        _assertUntouched(before, afterwards);
        assert(_flags(other) == flags);
    }

    /* HELPERS */

    struct Books {
        Book acted;
        Book otherQuote;
        Book otherEther;
        uint256 live;
    }

    function _books(bytes32 acted, bytes32 other, address token) private view returns (Books memory books) {
        books.acted = engine.bookOf(acted, token);
        books.otherQuote = engine.bookOf(other, address(quote));
        books.otherEther = engine.bookOf(other, address(ether_));
        books.live = quote.balanceOf(engine.escrowOf(acted));
        if (token == address(ether_)) books.live = ether_.balanceOf(engine.escrowOf(acted));
    }

    function _assertUntouched(Books memory before, Books memory afterwards) private pure {
        assert(_same(before.otherQuote, afterwards.otherQuote));
        assert(_same(before.otherEther, afterwards.otherEther));
    }

    /// @dev The flags of a vault's quote entry, which no view tells: the top 16 bits of the first word in slot 0's mapping.
    function _flags(bytes32 vault) private view returns (uint16) {
        return uint16(uint256(vm.load(address(engine), keccak256(abi.encode(vault, uint256(0))))) >> 240);
    }

    /// @dev Every function of the engine that is no door for assets.
    function _knock(uint8 door, bytes32 vault, address token, uint256 amount) private {
        if (door == 0) engine.claimSurplus(vault, address(quote), address(0xdead));
        else if (door == 1) engine.claimCredit(vault, token, vault, address(0xdead));
        else if (door == 2) engine.setEngaged(vault, true);
        else if (door == 3) engine.setGrouped(vault, true);
        else if (door == 4) engine.setAuctionOpen(vault, true);
        else if (door == 5) engine.requireInitial(vault);
        else if (door == 6) engine.payBack(vault);
        else if (door == 7) engine.chargeSiblings(vault, 0, amount);
        else if (door == 8) engine.moveMeasured(engine.escrowOf(vault), address(0xdead), address(quote), amount);
        else if (door == 9) engine.listCollateral(token, keccak256("BTC/USD"), 0, 0);
        else if (door == 10) engine.setHaircuts(token, 0, 0);
        else engine.groupOf(vault);
    }
}
