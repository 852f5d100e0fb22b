// SPDX-License-Identifier: Apache-2.0
/** The contracts of the packages that own them, in SQL, whatever the database. */
@NullMarked
package dev.bellhop.server.store.sql;

import org.jspecify.annotations.NullMarked;
