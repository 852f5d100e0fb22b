// SPDX-License-Identifier: Apache-2.0
/** Many requests at once. */
@NullMarked
package dev.bellhop.bench.http;

import org.jspecify.annotations.NullMarked;
