// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.run.CommandResult;
import dev.bellhop.api.client.run.RunOptions;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.execution.CreateExecution;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A typed client of a Bellhop server: one method an operation of {@code openapi.yaml}, in groups by what they are about.
 * Nothing is cached, and nothing retried but what {@link ExecutionsClient#run}, {@link ExecutionsClient#awaitEnd} and {@link
 * ExecutionsClient#events} request.
 *
 * <pre>{@code
 * try (BellhopClient client = BellhopClient.builder(url).key(key).build()) {
 *     CommandResult result = client.run(100, CreateExecution.command("uname -a").build());
 * }
 * }</pre>
 *
 * <p>Every method of a group throws {@link BellhopApiException} when the server answers with an error, {@link
 * BellhopTransportException} when no answer of a server comes back within the timeout, and {@link InterruptedException}
 * when the thread is interrupted while it waits. Thread safe, as its groups are, which cost nothing to ask for; close it to
 * give up its connections, and with them those of its groups.
 */
public final class BellhopClient implements AutoCloseable {

    /** The longest that the server holds an answer back until an execution has ended. */
    public static final Duration MAX_WAIT = Duration.ofSeconds(60);

    private final Transport transport;
    private final Calls calls;

    /**
     * A client that has not connected yet.
     *
     * @param url where the server is, such as {@code http://127.0.0.1:8080}; a path in it stands before every path
     * @param key the API key
     * @param connectTimeout how long a connection may take to come about
     * @param requestTimeout how long each answer may take as a whole
     * @throws IllegalArgumentException if the url is none that a server can have, with a message for a person
     */
    public BellhopClient(URI url, String key, Duration connectTimeout, Duration requestTimeout) {
        this(url, key, null, connectTimeout, requestTimeout);
    }

    /**
     * As the other, for a server whose certificate is signed by an authority of its own.
     *
     * @param authorities who may have signed the certificate of an {@code https} server; absent for those that the JDK
     *     trusts
     */
    public BellhopClient(
            URI url,
            String key,
            @Nullable TrustedAuthorities authorities,
            Duration connectTimeout,
            Duration requestTimeout) {
        this(transport(url, key, authorities, connectTimeout, requestTimeout));
    }

    private BellhopClient(Transport transport) {
        this.transport = transport;
        this.calls = new Calls(transport);
    }

    /** A client that has no key, for {@link NodesClient#join} alone. */
    public static BellhopClient withoutKey(
            URI url, @Nullable TrustedAuthorities authorities, Duration connectTimeout, Duration requestTimeout) {
        return new BellhopClient(transport(url, null, authorities, connectTimeout, requestTimeout));
    }

    private static Transport transport(
            URI url,
            @Nullable String key,
            @Nullable TrustedAuthorities authorities,
            Duration connectTimeout,
            Duration requestTimeout) {
        return new Transport(
                url, key, authorities == null ? null : authorities.context(), connectTimeout, requestTimeout);
    }

    /**
     * Begins a client with timeouts of 5 seconds for a connection and 30 seconds for an answer.
     *
     * @param url as in the constructors
     */
    public static Builder builder(URI url) {
        return new Builder(url);
    }

    /** Not thread safe. */
    public static final class Builder {

        private final URI url;
        private @Nullable String key;
        private @Nullable TrustedAuthorities authorities;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration requestTimeout = Duration.ofSeconds(30);

        private Builder(URI url) {
            this.url = url;
        }

        /** The API key. Without one, only {@link NodesClient#join} and requests that need no key work. */
        public Builder key(String secret) {
            key = secret;
            return this;
        }

        /** Trusts these authorities instead of the JDK's. */
        public Builder authorities(TrustedAuthorities trusted) {
            authorities = trusted;
            return this;
        }

        public Builder connectTimeout(Duration timeout) {
            connectTimeout = timeout;
            return this;
        }

        /** Limits the time for an answer. If a request lets the server wait, that time is added. */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = timeout;
            return this;
        }

        /**
         * Makes the client, which does not connect yet.
         *
         * @throws IllegalArgumentException if the URL or the key is invalid, with a message for a person
         */
        public BellhopClient build() {
            return new BellhopClient(transport(url, key, authorities, connectTimeout, requestTimeout));
        }
    }

    /** Runs a command and returns its result; see {@link ExecutionsClient#run(long, CreateExecution, RunOptions)}. */
    public CommandResult run(long vmid, CreateExecution wanted) throws InterruptedException {
        return executions().run(vmid, wanted);
    }

    /** The VMs. */
    public VmsClient vms() {
        return new VmsClient(calls);
    }

    /** What starts, stops and restarts VMs. */
    public OperationsClient operations() {
        return new OperationsClient(calls);
    }

    /** The guest of a VM. */
    public GuestClient guest(long vmid) {
        return new GuestClient(calls, vmid);
    }

    /** The files of a VM's guest. */
    public GuestFilesClient files(long vmid) {
        return new GuestFilesClient(calls, vmid);
    }

    /** The executions of commands in VMs. */
    public ExecutionsClient executions() {
        return new ExecutionsClient(calls);
    }

    /** The commands that are saved under a name. */
    public SavedCommandsClient savedCommands() {
        return new SavedCommandsClient(calls);
    }

    /** The terminals of VMs. */
    public TerminalsClient terminals() {
        return new TerminalsClient(calls);
    }

    /** The recordings of terminals. */
    public RecordingsClient recordings() {
        return new RecordingsClient(calls);
    }

    /** The connections that guests make for a caller. */
    public ForwardsClient forwards() {
        return new ForwardsClient(calls);
    }

    /** The accounts, and their policies. */
    public AccountsClient accounts() {
        return new AccountsClient(calls);
    }

    /** The API keys, and their policies. */
    public KeysClient keys() {
        return new KeysClient(calls);
    }

    /** The SSH keys that stand for API keys. */
    public SshKeysClient sshKeys() {
        return new SshKeysClient(calls);
    }

    /** What is masked in output. */
    public MasksClient masks() {
        return new MasksClient(calls);
    }

    /** The audit trail. */
    public AuditClient audit() {
        return new AuditClient(calls);
    }

    /** The nodes of a cluster. */
    public NodesClient nodes() {
        return new NodesClient(calls);
    }

    /** The server itself. */
    public ServerClient server() {
        return new ServerClient(calls);
    }

    /** The calls of v1 of the API. */
    public V1Client v1() {
        return new V1Client(calls);
    }

    /** Gives up the connections; requests under way fail. */
    @Override
    public void close() {
        transport.close();
    }
}
