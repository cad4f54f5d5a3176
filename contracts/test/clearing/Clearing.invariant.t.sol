// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Claim,
    InstrumentKind,
    InstrumentState,
    InstrumentTerms,
    Position,
    Round
} from "../../src/interfaces/IClearingHouse.sol";
import { Contribution, Residual } from "../../src/interfaces/IDefaultWaterfall.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { OptionMargin } from "../../src/libraries/OptionMargin.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingHandler, IFundAdmin, IPricePoster } from "../support/ClearingHandler.sol";
import { InstrumentFixture } from "../support/InstrumentFixture.sol";

/// @notice What holds whatever members, owners, bidders and strangers do. House capital is small, so that it runs out.
/// Of every kind one instrument: what expires does so while the handler is at work, early or late.
contract ClearingInvariantTest is InstrumentFixture, IPricePoster, IFundAdmin {
    uint256 private constant EARLY = START + 5 hours;
    uint256 private constant LATE = START + 40 hours;

    ClearingHandler internal handler;
    uint256 private ratiosChecked;
    bytes32 private gamma;

    function setUp() public override {
        super.setUp();
        handler = new ClearingHandler(
            clearingHouse, engine, liquidationEngine, oracle, IPricePoster(address(this)), usd, eth, ETH_USD
        );
        handler.list(PERP);
        handler.list(FUNDED);
        _listExpiring(InstrumentKind.Future, "EARLY-FUTURE", EARLY);
        _listExpiring(InstrumentKind.Call, "EARLY-CALL", EARLY);
        _listExpiring(InstrumentKind.Put, "LATE-PUT", LATE);
        _listExpiring(InstrumentKind.Call, "LATE-CALL", LATE);
        vm.prank(admin);
        gamma = registry.admitMember("gamma", makeAddr("gamma operator"));
        _addMember(alpha, 150);
        _addMember(beta, 100);
        _addMember(gamma, 50);
        _add("ann", alpha, 3000, 0);
        _add("ben", beta, 200, 2e18);
        _add("cat", gamma, 1000, 1e18);
        _add("dan", beta, 5000, 0);
        _add("eve", alpha, 0, 3e18);
        _add("keeper", beta, 200_000, 0);
        targetContract(address(handler));
    }

    function _houseCapital() internal pure override returns (uint256) {
        return 300 * USD;
    }

    /// @dev Perps and futures a little beside the index, options at their intrinsic value and two percent of it.
    function postEth(uint256 priceWad) external {
        _post(ETH_USD, priceWad);
        for (uint256 i = 1; i < handler.instrumentCount(); ++i) {
            InstrumentTerms memory terms = clearingHouse.termsOf(handler.instruments(i));
            uint256 intrinsic = OptionMargin.payoff(terms.kind == InstrumentKind.Call, terms.strikeWad, priceWad);
            _post(
                terms.feed, terms.strikeWad == 0 ? priceWad * (995 + priceWad % 11) / 1000 : intrinsic + priceWad / 50
            );
        }
    }

    function _listExpiring(InstrumentKind kind, string memory name, uint256 expiry) private {
        InstrumentTerms memory terms = _termsFor(kind, name);
        terms.expiry = uint64(expiry);
        handler.list(_list(terms, terms.strikeWad == 0 ? ETH_PRICE : 40e18));
    }

    function letTrade(bytes32 vault, address operator, bool may) external {
        require(msg.sender == address(handler), "the fuzzer may not");
        bytes32 accountId = registry.vaultOf(vault).accountId;
        vm.prank(registry.ownerOf(accountId));
        registry.setRights(accountId, operator, may ? Rights.TRADE : 0);
    }

    function requireContribution(bytes32 memberId, uint256 required) external {
        require(msg.sender == address(handler), "the fuzzer may not");
        _require(memberId, required);
    }

    function _addMember(bytes32 member, uint256 dollars) private {
        _require(member, dollars * USD);
        _contribute(member, dollars * USD);
        handler.addMember(member, registry.memberOperator(member));
    }

    function _add(string memory name, bytes32 member, uint256 dollars, uint256 ether_) private {
        Trader memory trader = _trader(name, member, dollars * USD);
        if (ether_ != 0) _deposit(trader.owner, trader.vault, eth, ether_);
        handler.add(trader.owner, trader.operator, trader.vault, member);
    }

    /* INVARIANTS: few functions, because each is a campaign of its own */

    function invariant_SEG1_SEG2_VM1_VM2_LIQ2_LIQ3_LIQ9_WF1_WF2_WF3() public view {
        _checkAll();
    }

    /// forge-config: default.invariant.runs = 16
    /// forge-config: deep.invariant.runs = 1000
    function invariant_VM2_VM3_all_settled_nothing_is_made_or_lost_and_every_gainer_has_the_same_ratio() public {
        _checkAllSettled();
    }

    /// @dev A seeded walk that must have seen everything that the invariants are about.
    function test_the_handler_reaches_rounds_bids_shortfalls_and_write_offs() public {
        uint256 seed = 1;
        for (uint256 i = 0; i < 900; ++i) {
            _step(seed = uint256(keccak256(abi.encode(seed))));
            if (i % 8 == 0) _stepOfTheFund(seed >> 8, uint64(seed >> 16), uint64(seed >> 80), uint64(seed >> 144));
            if (i % 50 == 0) _checkAll();
        }
        _checkAll();
        _checkAllSettled();
        assertGt(handler.done("trade"), 50, "trades");
        assertGt(handler.done("round"), 20, "rounds");
        assertGt(handler.done("bid"), 10, "bids");
        assertGt(handler.done("insolvent bid"), 5, "bids for nothing");
        assertGt(handler.done("write-off"), 0, "write-offs");
        assertGt(handler.done("withdrawal"), 3, "withdrawals");
        assertGt(handler.done("option trade"), 5, "option trades");
        assertGt(handler.done("funding"), 5, "rounds with funding");
        assertEq(handler.done("expiry"), 4, "everything that expires has expired");
        assertGt(handler.done("own contribution"), 0, "own contributions");
        assertGt(handler.done("mutual"), 0, "mutual contributions");
        assertGt(handler.done("contribution withdrawn"), 0, "contributions withdrawn");
        assertGt(ratiosChecked, 0, "ratios");
    }

    function _step(uint256 seed) private {
        uint256 kind = seed % 16;
        (uint256 a, uint256 b, uint256 c, uint256 d) =
            (uint64(seed >> 8), uint64(seed >> 72), uint64(seed >> 136), uint64(seed >> 200));
        if (kind < 4) {
            try handler.trade(a, b, c, 980 + d % 41) { } catch { }
        } else if (kind < 7) {
            try handler.movePrice(880 + a % 241, b) { } catch { }
        } else if (kind == 7) {
            try handler.wait(a) { } catch { }
        } else if (kind == 8) {
            try handler.closeRound() { } catch { }
        } else if (kind == 9) {
            try handler.settle(a, b) { } catch { }
        } else if (kind == 10) {
            try handler.settleAll(a) { } catch { }
        } else if (kind == 11) {
            try handler.touch(a) { } catch { }
        } else if (kind < 14) {
            try handler.bid(a, b, c) { } catch { }
        } else if (kind == 14) {
            try handler.deposit(a, b, c % 2 == 0) { } catch { }
        } else if (d % 2 == 0) {
            try handler.withdraw(a, b, c % 2 == 0) { } catch { }
        } else {
            try handler.donate(a, b) { } catch { }
        }
    }

    function _stepOfTheFund(uint256 kind, uint256 a, uint256 b, uint256 c) private {
        if (kind % 8 < 4) {
            try handler.payIn(a, b) { } catch { }
        } else if (kind % 8 == 4) {
            try handler.requireContribution(a, b) { } catch { }
        } else if (kind % 8 < 7) {
            try handler.withdrawContribution(a, b, c) { } catch { }
        } else {
            try handler.repayResiduals(a) { } catch { }
        }
    }

    function _checkAll() private view {
        _positionsSumToZeroAndAreCounted();
        _theEscrowIsWhatWasCollectedLessWhatWasPaid();
        _noCallMovesAVaultThatItDoesNotConcern();
        _everyEscrowHoldsItsBook();
        _everyBidImprovedOrClosedItsGroup();
        _layersAndResidualSumToTheShortfall();
        _contributionsAreWhatCameInLessWhatWasPaidAndWithdrawn();
    }

    /* POSITIONS */

    function _positionsSumToZeroAndAreCounted() private view {
        for (uint256 i = 0; i < handler.instrumentCount(); ++i) {
            _countPositions(handler.instruments(i));
        }
    }

    struct Count {
        int256 sum;
        uint256 longs;
        uint256 held;
        uint256 gains;
        uint256 losses;
    }

    /// @dev Once expired, positions end one by one, when they are settled: until then they are counted, but not all at once.
    function _countPositions(uint32 instrument) private view {
        InstrumentState memory state = clearingHouse.stateOf(instrument);
        Count memory count;
        for (uint256 i = 0; i < handler.count(); ++i) {
            Position memory position = clearingHouse.positionOf(handler.vaults(i), instrument);
            count.sum += position.size;
            if (position.size > 0) count.longs += uint128(position.size);
            if (position.size != 0 || position.tradeGain != 0 || position.tradeLoss != 0) ++count.held;
            if (position.settledRound + 1 != state.round) continue;
            count.gains += position.tradeGain;
            count.losses += position.tradeLoss;
            assertTrue(position.size == 0 || !state.expired, "the last round ends a position");
        }
        if (!state.expired) assertEq(count.sum, 0, "sizes sum to zero");
        assertEq(count.longs, state.openInterest, "open interest");
        assertEq(count.held, state.holders, "holders");
        assertEq(count.losses, state.tradeLoss, "the open round's trade losses");
        assertLe(count.gains, count.losses, "VM-2: trades gain no more than they lose");
    }

    /* SETTLEMENT */

    function _theEscrowIsWhatWasCollectedLessWhatWasPaid() private view {
        for (uint256 i = 0; i < handler.instrumentCount(); ++i) {
            _checkEscrow(handler.instruments(i));
        }
    }

    function _checkEscrow(uint32 instrument) private view {
        InstrumentState memory state = clearingHouse.stateOf(instrument);
        uint256 left = 0;
        uint256 open = 0;
        for (uint32 number = 1; number < state.round; ++number) {
            Round memory round = clearingHouse.roundOf(instrument, number);
            assertGe(round.collected, round.paid, "VM-1, round by round");
            assertEq(round.last, state.expired && number + 1 == state.round, "one last round");
            left += round.collected - round.paid;
            if (round.unsettled != 0 || round.collected + round.writtenOff < round.totalLoss) ++open;
        }
        assertEq(_quote(clearingHouse.settlementVaultOf(instrument)), left, "VM-1");
        assertEq(state.openRounds, open, "open rounds");
        assertLe(open, 8);
    }

    /// @dev After everybody was settled, in the order of the list and again, so that gainers that came first are paid too.
    function _checkAllSettled() private {
        _settleAll();
        _settleAll();
        uint256 roundings = 8;
        int256 escrow = 0;
        int256 rounds = 0;
        for (uint256 j = 0; j < handler.instrumentCount(); ++j) {
            uint32 instrument = handler.instruments(j);
            for (uint256 i = 0; i < handler.count(); ++i) {
                _settleAndCheckRatios(instrument, handler.vaults(i));
                roundings += clearingHouse.claimsOf(handler.vaults(i), instrument).length + 2;
            }
            escrow += int256(_quote(clearingHouse.settlementVaultOf(instrument)));
            rounds += int256(uint256(clearingHouse.stateOf(instrument).round));
        }
        int256 value = 0;
        for (uint256 i = 0; i < handler.count(); ++i) {
            value += _valueOf(handler.vaults(i));
        }
        // Positions net out: what vaults are still to get beyond what they owe is what the escrows hold.
        assertLe(value, escrow + rounds, "VM-2: nobody is promised money that is not there");
        assertLe(escrow - value, int256(roundings) + rounds * 32, "VM-2: only rounding stays");
    }

    /// @dev A gainer that comes now gets what every other gets that comes now: the round's ratio at this moment.
    function _settleAndCheckRatios(uint32 instrument, bytes32 vault) private {
        Claim[] memory claims = clearingHouse.claimsOf(vault, instrument);
        uint256[] memory ratio = new uint256[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            Round memory round = clearingHouse.roundOf(instrument, claims[i].round);
            uint256 backing = round.totalLoss > round.writtenOff ? round.totalLoss - round.writtenOff : 0;
            if (round.collected < backing) backing = round.collected;
            ratio[i] = uint256(claims[i].gain) * backing / round.totalLoss;
        }
        _settleIn(instrument, vault, vault);
        Claim[] memory left = clearingHouse.claimsOf(vault, instrument);
        for (uint256 i = 0; i < claims.length; ++i) {
            for (uint256 j = 0; claims[i].gain != 0 && j < left.length; ++j) {
                if (left[j].round != claims[i].round || left[j].gain == 0) continue;
                assertApproxEqAbs(left[j].paid, ratio[i], 12, "VM-3: the round's ratio");
                ++ratiosChecked;
            }
        }
    }

    function _valueOf(bytes32 vault) private view returns (int256) {
        bytes32[] memory one = new bytes32[](1);
        one[0] = vault;
        VenueMargin memory margin = clearingHouse.margin(one, PriceView(PriceUse.Liquidation));
        assertLe(margin.mm, margin.im, "MRG-8");
        return margin.value;
    }

    function _settleAll() private {
        bytes32[] memory all = new bytes32[](handler.count());
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = handler.vaults(i);
        }
        for (uint256 i = 0; i < handler.instrumentCount(); ++i) {
            clearingHouse.settleMany(handler.instruments(i), all);
        }
    }

    /* WALLS */

    function _noCallMovesAVaultThatItDoesNotConcern() private view {
        assertEq(handler.wallsCrossed(), 0, "SEG-2, WF-3");
    }

    function _everyEscrowHoldsItsBook() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            bytes32 vault = handler.vaults(i);
            _assertSeg1(vault, address(usd));
            _assertSeg1(vault, address(eth));
            assertGe(_quote(vault), liquidationEngine.auctionOf(vault).reserved, "R is there");
        }
        for (uint256 i = 0; i < handler.instrumentCount(); ++i) {
            _assertSeg1(clearingHouse.settlementVaultOf(handler.instruments(i)), address(usd));
        }
        _assertSeg1(clearingHouse.houseVault(), address(usd));
    }

    /* BIDS */

    function _everyBidImprovedOrClosedItsGroup() private view {
        assertEq(handler.badBids(), 0, "LIQ-2, LIQ-3, LIQ-9, MRG-1, WF-1");
    }

    function _layersAndResidualSumToTheShortfall() private view {
        uint256 house = _houseCapital() + handler.housePaidIn() - handler.housePaid() - handler.repaid();
        assertEq(_quote(clearingHouse.houseVault()), house, "WF-2: house capital");
        uint256 shortfall = 0;
        uint256 residual = 0;
        for (uint256 i = 0; i < handler.instrumentCount(); ++i) {
            shortfall += clearingHouse.stateOf(handler.instruments(i)).shortfall;
            residual += clearingHouse.stateOf(handler.instruments(i)).residual;
        }
        assertEq(shortfall, handler.forgiven(), "written off");
        assertEq(_waterfall().residualTotal(), handler.residual() - handler.repaid(), "WF-2: residual");
        assertLe(residual, _waterfall().residualTotal(), "counted in the instruments");
        uint256 open = 0;
        Residual[] memory residuals = _waterfall().residuals();
        for (uint256 i = 0; i < residuals.length; ++i) {
            open += residuals[i].amount;
        }
        assertEq(open, _waterfall().residualTotal(), "the queue is what is open");
    }

    /* THE DEFAULT FUND */

    function _contributionsAreWhatCameInLessWhatWasPaidAndWithdrawn() private view {
        bytes32[3] memory members = [alpha, beta, gamma];
        uint256[3] memory first = [uint256(150 * USD), 100 * USD, 50 * USD];
        for (uint256 i = 0; i < 3; ++i) {
            Contribution memory contribution = _contribution(members[i]);
            assertEq(int256(contribution.free), int256(first[i]) + handler.contributed(members[i]), "WF-3");
            _assertSeg1(contribution.vault, address(usd));
            assertEq(contribution.openVaults, _engagedClients(members[i]), "clients that hold something");
            // Whoever has less than it should was called.
            if (contribution.free < contribution.required) assertGt(contribution.callDeadline, 0, "called");
        }
    }

    function _engagedClients(bytes32 member) private view returns (uint256 count) {
        for (uint256 i = 0; i < handler.count(); ++i) {
            bytes32 vault = handler.vaults(i);
            if (registry.vaultOf(vault).memberId == member && !clearingHouse.isFlat(vault)) ++count;
        }
    }
}
