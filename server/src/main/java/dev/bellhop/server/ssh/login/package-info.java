// SPDX-License-Identifier: Apache-2.0
/** Logins over SSH: the keys, certificates and passwords, the requested VM, and the limits of a login. */
@NullMarked
package dev.bellhop.server.ssh.login;

import org.jspecify.annotations.NullMarked;
