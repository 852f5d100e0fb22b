// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest agent of a VM, and what the guest tells of itself; the answer of {@code GET /api/v2/vps/{vmid}/agent}. All
 * texts are the guest's own: printable characters of a limited length, with a backslash escape for any other. What the
 * guest did not tell is absent, and {@code notTold} says why.
 *
 * @param available whether commands can be run now
 * @param reason why not, for a person; absent where it is available
 * @param vmRunning whether the VM runs
 * @param toldAt when the guest was asked, a few seconds ago at most; absent where it did not answer at all, as all below
 * @param version of the agent
 * @param supported the agent's calls, by name
 * @param blocked those that the agent has and does not allow
 * @param os the operating system
 * @param hostName of the guest
 * @param interfaces of networks
 * @param fileSystems those on disks
 * @param users who is logged in
 * @param timeZone of the guest
 * @param load how busy the guest is
 * @param processors how many the guest has
 * @param memory in blocks that the guest can take into use or leave
 * @param clockDifferenceSeconds the guest's time less the host's, to some milliseconds; positive where the guest is ahead
 * @param notTold what of all this was not told, and why
 * @param cut the lists of which the guest told more than is given here: {@code interfaces}, {@code addresses}, {@code
 *     fileSystems}, {@code users}
 */
public record AgentView(
        boolean available,
        @Nullable String reason,
        boolean vmRunning,
        @Nullable Instant toldAt,
        @Nullable String version,
        @Nullable List<String> supported,
        @Nullable List<String> blocked,
        @Nullable Os os,
        @Nullable String hostName,
        @Nullable List<Interface> interfaces,
        @Nullable List<FileSystem> fileSystems,
        @Nullable List<User> users,
        @Nullable TimeZone timeZone,
        @Nullable Load load,
        @Nullable Count processors,
        @Nullable Memory memory,
        @Nullable Double clockDifferenceSeconds,
        @Nullable List<NotTold> notTold,
        @Nullable List<String> cut) {

    public AgentView {
        supported = copy(supported);
        blocked = copy(blocked);
        interfaces = copy(interfaces);
        fileSystems = copy(fileSystems);
        users = copy(users);
        notTold = copy(notTold);
        cut = copy(cut);
    }

    /** Of an agent that did not answer at all. */
    public static AgentView silent(String reason, boolean vmRunning) {
        return new AgentView(
                false, reason, vmRunning, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null);
    }

    /** The operating system, as {@code os-release} and the kernel have it. */
    public record Os(
            @Nullable String id,
            @Nullable String name,
            @Nullable String prettyName,
            @Nullable String version,
            @Nullable String versionId,
            @Nullable String machine,
            @Nullable String kernelRelease,
            @Nullable String kernelVersion) {}

    /** A network interface, with the addresses that it has. */
    public record Interface(String name, @Nullable String hardwareAddress, List<Address> addresses) {

        public Interface {
            Objects.requireNonNull(name, "name");
            addresses = List.copyOf(Objects.requireNonNull(addresses, "addresses"));
        }
    }

    /** An address of IPv4 or IPv6, with the length of its network's prefix. */
    public record Address(String address, @Nullable Integer prefix) {

        public Address {
            Objects.requireNonNull(address, "address");
        }
    }

    /** A mounted file system, with what is used of it. */
    public record FileSystem(
            String mountPoint,
            @Nullable String name,
            @Nullable String type,
            @Nullable Long usedBytes,
            @Nullable Long totalBytes) {

        public FileSystem {
            Objects.requireNonNull(mountPoint, "mountPoint");
        }
    }

    /** A user who is logged in; the domain is one of Windows. */
    public record User(
            String name, @Nullable String domain, @Nullable Instant loginTime) {

        public User {
            Objects.requireNonNull(name, "name");
        }
    }

    /** The time zone, and its offset from UTC now. */
    public record TimeZone(@Nullable String name, int offsetSeconds) {}

    /** How many processes ran or wanted to, on average. */
    public record Load(double oneMinute, double fiveMinutes, double fifteenMinutes) {}

    /** How many of something, and how many of them are in use. */
    public record Count(int total, int online) {}

    /** The memory, and how many of its blocks are in use. */
    public record Memory(long blockBytes, int totalBlocks, int onlineBlocks) {}

    /**
     * Something that the guest did not tell.
     *
     * @param name of the field above
     * @param why {@code missing}: this agent does not have the call; {@code blocked}: it has, and does not allow it; {@code
     *     failed}: it was asked and gave no good answer
     * @param reason the same for a person
     */
    public record NotTold(String name, String why, String reason) {

        public NotTold {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(why, "why");
            Objects.requireNonNull(reason, "reason");
        }
    }

    private static <T> @Nullable List<T> copy(@Nullable List<T> list) {
        return list == null ? null : List.copyOf(list);
    }
}
