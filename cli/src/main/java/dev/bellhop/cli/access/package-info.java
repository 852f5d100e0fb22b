// SPDX-License-Identifier: Apache-2.0
/** Who may do what: accounts, keys, policies, masks and saved commands. */
@NullMarked
package dev.bellhop.cli.access;

import org.jspecify.annotations.NullMarked;
