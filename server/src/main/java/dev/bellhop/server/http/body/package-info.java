// SPDX-License-Identifier: Apache-2.0
/** The bodies of requests, read within limits of size, time and memory. */
@NullMarked
package dev.bellhop.server.http.body;

import org.jspecify.annotations.NullMarked;
