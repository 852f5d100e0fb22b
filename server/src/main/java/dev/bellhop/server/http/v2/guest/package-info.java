// SPDX-License-Identifier: Apache-2.0
/** The routes that ask a guest for more than to run a command: users, clock and checkup. */
@NullMarked
package dev.bellhop.server.http.v2.guest;

import org.jspecify.annotations.NullMarked;
