// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;

/**
 * The body of {@code POST /api/v2/accounts}.
 *
 * @param name for people, 1 to 100 characters
 */
public record CreateAccount(String name) {

    public CreateAccount {
        Objects.requireNonNull(name, "name");
    }
}
