// SPDX-License-Identifier: Apache-2.0
/** Accounts, keys, policies and tenants over HTTP. */
@NullMarked
package dev.bellhop.server.http.access;

import org.jspecify.annotations.NullMarked;
