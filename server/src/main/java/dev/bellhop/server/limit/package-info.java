// SPDX-License-Identifier: Apache-2.0
/** How what is scarce is shared by those who hold it. */
@NullMarked
package dev.bellhop.server.limit;

import org.jspecify.annotations.NullMarked;
