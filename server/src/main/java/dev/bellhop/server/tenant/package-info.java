// SPDX-License-Identifier: Apache-2.0
/** Tenants, the owners of data: {@link dev.bellhop.server.tenant.Tenant}. */
@NullMarked
package dev.bellhop.server.tenant;

import org.jspecify.annotations.NullMarked;
