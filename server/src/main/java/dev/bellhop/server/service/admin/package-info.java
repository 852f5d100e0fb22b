// SPDX-License-Identifier: Apache-2.0
/** The use cases of those who manage Bellhop: keys, accounts, policies, masks, saved commands, the audit trail, encryption. */
@NullMarked
package dev.bellhop.server.service.admin;

import org.jspecify.annotations.NullMarked;
