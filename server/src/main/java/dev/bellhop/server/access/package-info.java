// SPDX-License-Identifier: Apache-2.0
/** API keys, their scopes and accounts: decides which caller can do what. */
@NullMarked
package dev.bellhop.server.access;

import org.jspecify.annotations.NullMarked;
