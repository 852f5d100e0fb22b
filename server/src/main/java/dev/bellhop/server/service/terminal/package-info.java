// SPDX-License-Identifier: Apache-2.0
/** The use cases of terminals in guests and of their recordings. */
@NullMarked
package dev.bellhop.server.service.terminal;

import org.jspecify.annotations.NullMarked;
