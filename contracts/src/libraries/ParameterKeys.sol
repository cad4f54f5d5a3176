// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a risk parameter belongs to, in one word that says so
/// @notice The highest byte is the kind, the lowest bits the collateral's address or the instrument's number, and everything between is zero: each thing
/// has one key, and no two things share one.
library ParameterKeys {
    uint256 private constant COLLATERAL = 1 << 248;
    uint256 private constant INSTRUMENT = 2 << 248;

    function ofCollateral(address token) internal pure returns (bytes32) {
        return bytes32(COLLATERAL | uint160(token));
    }

    function ofInstrument(uint32 instrument) internal pure returns (bytes32) {
        return bytes32(INSTRUMENT | instrument);
    }

    /// @return is_ whether the key is a collateral's. @return token which.
    function asCollateral(bytes32 key) internal pure returns (bool is_, address token) {
        token = address(uint160(uint256(key)));
        is_ = key == ofCollateral(token);
    }

    /// @return is_ whether the key is an instrument's. @return instrument which.
    function asInstrument(bytes32 key) internal pure returns (bool is_, uint32 instrument) {
        instrument = uint32(uint256(key));
        is_ = key == ofInstrument(instrument);
    }
}
