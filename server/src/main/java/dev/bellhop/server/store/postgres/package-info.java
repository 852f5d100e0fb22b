// SPDX-License-Identifier: Apache-2.0
/** PostgreSQL: connections, the SQL dialect, and commits with a lost answer. */
@NullMarked
package dev.bellhop.server.store.postgres;

import org.jspecify.annotations.NullMarked;
