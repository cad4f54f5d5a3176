// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/testing/TestToken.sol";

/// @notice One token that can be every bad token, switched by a test: it takes a fee, freezes addresses, answers false, burns gas, calls back, returns
/// megabytes.
contract BadToken is TestToken {
    enum Mood {
        Good,
        Reverts,
        ReturnsFalse,
        BurnsGas,
        ReturnBomb,
        BalanceReverts
    }

    Mood public mood;
    uint256 public feeBps;
    mapping(address account => bool) public frozen;
    address public callbackTarget;
    bytes public callbackData;
    bool public callbackSucceeded;
    bool public called;

    error Refused();

    constructor(uint8 decimals_) TestToken("Bad", "BAD", decimals_) { }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function setFeeBps(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function setFrozen(address account, bool frozen_) external {
        frozen[account] = frozen_;
    }

    /// @dev Called in the middle of each transfer.
    function setCallback(address target, bytes calldata data) external {
        (callbackTarget, callbackData, called, callbackSucceeded) = (target, data, false, false);
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (mood == Mood.BalanceReverts) revert Refused();
        return super.balanceOf(account);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (frozen[from] || frozen[to] || mood == Mood.Reverts) revert Refused();
        if (mood == Mood.ReturnsFalse) return false;
        if (mood == Mood.BurnsGas) _burnGas();
        if (mood == Mood.ReturnBomb) _returnBomb();
        if (callbackTarget != address(0)) {
            called = true;
            (callbackSucceeded,) = callbackTarget.call(callbackData);
        }
        uint256 fee = amount * feeBps / 10_000;
        _transfer(from, to, amount - fee);
        if (fee != 0) _burn(from, fee);
        return true;
    }

    function _burnGas() private pure {
        assembly {
            invalid()
        }
    }

    function _returnBomb() private pure {
        assembly {
            revert(0, 300000)
        }
    }
}

/// @notice An old token whose transfers return nothing, six decimals.
contract NoReturnToken {
    uint8 public constant decimals = 6;
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice A second address of a token: the same balances, as some old tokens had.
contract SecondAddress {
    TestToken private immutable TOKEN;
    address private immutable PUPPETEER;

    constructor(TestToken token, address puppeteer) {
        (TOKEN, PUPPETEER) = (token, puppeteer);
    }

    function balanceOf(address account) external view returns (uint256) {
        return TOKEN.balanceOf(account);
    }

    /// @dev A real one moves balances itself; a test lets this one spend them by a prank's allowance.
    function transfer(address to, uint256 amount) external returns (bool) {
        return TOKEN.transferFrom(msg.sender, to, amount);
    }
}
