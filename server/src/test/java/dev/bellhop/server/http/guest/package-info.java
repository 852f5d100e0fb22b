// SPDX-License-Identifier: Apache-2.0
/** What is done to guests beside commands, over HTTP. */
@NullMarked
package dev.bellhop.server.http.guest;

import org.jspecify.annotations.NullMarked;
