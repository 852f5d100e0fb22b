// SPDX-License-Identifier: Apache-2.0
/**
 * Files over SSH: sftp version 3, as a subsystem of the SSH door. It performs the file use cases: scopes, policies and
 * the audit trail work as over HTTP.
 */
@NullMarked
package dev.bellhop.server.ssh.sftp;

import org.jspecify.annotations.NullMarked;
