// SPDX-License-Identifier: Apache-2.0
/** The shared parts of all SQL stores: writer and readers, transactions, and the chain of the audit trail. */
@NullMarked
package dev.bellhop.server.store;

import org.jspecify.annotations.NullMarked;
