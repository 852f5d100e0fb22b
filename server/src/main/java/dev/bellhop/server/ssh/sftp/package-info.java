// SPDX-License-Identifier: Apache-2.0
/**
 * Files over SSH: the protocol sftp, version 3, as a subsystem of the SSH door. It does all by the use cases of files, so that scopes, policies and
 * the audit trail hold as they do over HTTP.
 */
@NullMarked
package dev.bellhop.server.ssh.sftp;

import org.jspecify.annotations.NullMarked;
