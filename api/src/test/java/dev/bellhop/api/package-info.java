// SPDX-License-Identifier: Apache-2.0
/** Tests of the contract. */
@NullMarked
package dev.bellhop.api;

import org.jspecify.annotations.NullMarked;
