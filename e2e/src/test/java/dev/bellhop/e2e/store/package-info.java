// SPDX-License-Identifier: Apache-2.0
/** What a server has stored: backed up, moved, and kept in PostgreSQL. */
@NullMarked
package dev.bellhop.e2e.store;

import org.jspecify.annotations.NullMarked;
