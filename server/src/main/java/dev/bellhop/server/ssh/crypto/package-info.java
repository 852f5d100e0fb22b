// SPDX-License-Identifier: Apache-2.0
/** The host keys of the SSH door, its algorithms, and the verification of signatures. */
@NullMarked
package dev.bellhop.server.ssh.crypto;

import org.jspecify.annotations.NullMarked;
