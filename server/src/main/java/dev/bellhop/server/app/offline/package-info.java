// SPDX-License-Identifier: Apache-2.0
/**
 * Tasks on the stored data, run on the server's machine without the server: backups, copies, migrations, a new admin
 * key.
 */
@NullMarked
package dev.bellhop.server.app.offline;

import org.jspecify.annotations.NullMarked;
