// SPDX-License-Identifier: Apache-2.0
/** Version 2 of the API: files in guests. */
@NullMarked
package dev.bellhop.server.http.v2.file;

import org.jspecify.annotations.NullMarked;
