// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A lock in transient storage, small: its code is not repeated in every function that takes it
abstract contract ReentrancyLock {
    error Reentered();

    bool private transient _locked;

    modifier nonReentrant() {
        _lock();
        _;
        _locked = false;
    }

    function _lock() private {
        if (_locked) revert Reentered();
        _locked = true;
    }
}
