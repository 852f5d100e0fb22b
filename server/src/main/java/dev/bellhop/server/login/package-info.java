// SPDX-License-Identifier: Apache-2.0
/** Access to a guest: the passwords of its users, and the SSH keys that it accepts for them. */
@NullMarked
package dev.bellhop.server.login;

import org.jspecify.annotations.NullMarked;
