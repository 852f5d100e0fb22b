// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

/** A question that a guest can answer, apart from its agent's capabilities. */
public enum Fact {
    OS("os"),
    HOST_NAME("hostName"),
    TIME_ZONE("timeZone"),
    LOAD("load"),
    PROCESSORS("processors"),
    MEMORY("memory"),
    CLOCK("clockDifferenceSeconds"),
    USERS("users"),
    INTERFACES("interfaces"),
    FILE_SYSTEMS("fileSystems");

    private final String wireName;

    Fact(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }
}
