// SPDX-License-Identifier: Apache-2.0
/** Tests of the contract, and {@link dev.bellhop.api.ContractChecker} for the tests of whoever implements it. */
@NullMarked
package dev.bellhop.api;

import org.jspecify.annotations.NullMarked;
