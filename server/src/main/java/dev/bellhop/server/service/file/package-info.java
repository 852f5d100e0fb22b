// SPDX-License-Identifier: Apache-2.0
/** The use cases of files in guests. */
@NullMarked
package dev.bellhop.server.service.file;

import org.jspecify.annotations.NullMarked;
