// SPDX-License-Identifier: Apache-2.0
/** What is done on the server's machine to what it has stored, without the server: backups, copies, migrations, a new admin key. */
@NullMarked
package dev.bellhop.server.app.offline;

import org.jspecify.annotations.NullMarked;
