// SPDX-License-Identifier: Apache-2.0
/** PostgreSQL: how it is opened, how its SQL differs, and what becomes of a commit whose answer was lost. */
@NullMarked
package dev.bellhop.server.store.postgres;

import org.jspecify.annotations.NullMarked;
