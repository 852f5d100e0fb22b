// SPDX-License-Identifier: Apache-2.0
/** What every SQL store shares: rows, JSON, what is encrypted and bound to what, and the chain of the audit trail. */
@NullMarked
package dev.bellhop.server.store;

import org.jspecify.annotations.NullMarked;
