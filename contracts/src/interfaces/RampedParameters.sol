// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The haircuts of a collateral or the rates of an instrument, of which more is tighter (RISK §7). All WAD.
/// @param initialWad in force: for everything that raises risk. @param maintenanceWad in force 24 hours after `rampStart`. @param maintenanceFromWad in
/// force at `rampStart`; in between, what is in force moves in a straight line, rounded down. Equal to maintenanceWad: nothing moves.
/// @param rampStart seconds; 0: as listed.
struct RampedParameters {
    uint64 initialWad;
    uint64 maintenanceWad;
    uint64 maintenanceFromWad;
    uint40 rampStart;
}
