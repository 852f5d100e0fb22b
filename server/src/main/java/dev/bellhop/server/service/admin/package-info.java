// SPDX-License-Identifier: Apache-2.0
/** The use cases for managing Bellhop: keys, accounts, policies, masks, saved commands, the audit trail, encryption. */
@NullMarked
package dev.bellhop.server.service.admin;

import org.jspecify.annotations.NullMarked;
