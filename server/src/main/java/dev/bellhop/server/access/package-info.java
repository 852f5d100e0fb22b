// SPDX-License-Identifier: Apache-2.0
/** Who may do what: API keys and their scopes. */
@NullMarked
package dev.bellhop.server.access;

import org.jspecify.annotations.NullMarked;
