// SPDX-License-Identifier: Apache-2.0
/**
 * The use cases: all requests that Bellhop accepts, through any door. Each checks the caller's rights, does the work,
 * notes it for the audit trail, and masks the output. A door creates a {@link dev.bellhop.server.service.Caller}, opens
 * an {@link dev.bellhop.server.service.AuditNote}, and gets a {@link dev.bellhop.server.service.Permit}, which the use
 * cases require.
 */
@NullMarked
package dev.bellhop.server.service;

import org.jspecify.annotations.NullMarked;
