// SPDX-License-Identifier: Apache-2.0
/**
 * The routes for administrators: keys, accounts, policies, masks, saved commands, nodes, the audit trail, encryption.
 */
@NullMarked
package dev.bellhop.server.http.v2.admin;

import org.jspecify.annotations.NullMarked;
