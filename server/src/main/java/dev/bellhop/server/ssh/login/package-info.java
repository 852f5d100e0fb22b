// SPDX-License-Identifier: Apache-2.0
/** Who logs in over SSH: by which key, certificate or password, to which VM, and what they may do at most. */
@NullMarked
package dev.bellhop.server.ssh.login;

import org.jspecify.annotations.NullMarked;
