// SPDX-License-Identifier: Apache-2.0
/**
 * The use cases: what anybody can ask Bellhop for, whichever door they come by. Each asks whether the caller may, does it,
 * tells the audit trail, and masks what is read. A door makes a {@link dev.bellhop.server.service.Caller}, opens an
 * {@link dev.bellhop.server.service.AuditNote}, and gets a {@link dev.bellhop.server.service.Permit}, which the use cases
 * take.
 */
@NullMarked
package dev.bellhop.server.service;

import org.jspecify.annotations.NullMarked;
