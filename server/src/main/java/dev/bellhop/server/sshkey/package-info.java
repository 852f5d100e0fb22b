// SPDX-License-Identifier: Apache-2.0
/** SSH public keys, as values. */
@NullMarked
package dev.bellhop.server.sshkey;

import org.jspecify.annotations.NullMarked;
