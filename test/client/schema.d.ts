// Written by `node tools/typed-client.ts` from openapi.json: change the routes, not this file.
export interface paths {
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get this document
         * @description The description of this API, as OpenAPI 3.1. `/docs` shows it as a page.
         */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description For a load balancer or supervisor: the process answers. It says nothing of Redis.
         */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can the process do its work?
         * @description For a load balancer: Redis has been reached, meets the requirements, and answers now.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description For Prometheus: what this process has counted, and what Redis knows. It takes the operator's key, or a request from the machine itself that came by no proxy.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Newest first. Filters add up. Whoever follows `next` meets each job that fits all the while exactly once, whatever is created meanwhile; one that begins or ceases to fit on the way may be met or not, and never twice.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Create a job
         * @description Accepts a request for one video, which is a purchase, and answers as soon as it is as durable as the installation wants. Only `input.prompt` is required; an unknown field is refused. Send an `Idempotency-Key`, so that a repeat cannot buy twice: after a 503 with `job_id` the job may have been made, and the repeat tells.
         */
        post: operations["createJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job, wait for it, or follow it
         * @description The job as it is now. With `wait` the answer comes when the job has ended or is unconfirmed, with `If-None-Match` as soon as it is not as the ETag says; at the latest after that many seconds, with the job as it is then. With `Accept: text/event-stream` the job's history is streamed: from its beginning or after `Last-Event-ID`, until the job has ended. The operator may read every tenant's.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Erase a job's content
         * @description Erases what a job that has ended asked for and brought: its input, metadata, tags, reference and webhook, its video, what others said of it, the events' bodies and the receivers' answers. Deliveries that are on their way end. Its id, status, tasks, money and times stay. A task that is still watched is watched on, but its video is not kept.
         */
        delete: operations["eraseJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the history of a job
         * @description What happened to the job, oldest first. The operator may read every tenant's.
         */
        get: operations["listJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job
         * @description Ends a job that nobody wants any more. Novita cannot stop a task: one that is on its way is watched to its end, and its video, being paid for, is kept. A job that is being submitted gets `cancel_requested_at` and ends a little later. A repeat with the same Idempotency-Key is answered with the job and does nothing.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buy a job once more
         * @description Makes a new job, a new purchase, of one that failed, expired or was canceled. Without an `Idempotency-Key` a job is retried once: another time is a 409 that names the job of the first. An unconfirmed job is resolved instead.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide about an unconfirmed job
         * @description Nobody can know whether an unconfirmed job was bought. `resubmit` buys it again, and perhaps twice; `fail` gives it up; `attach`, for the operator only, takes the task that was found to be its, after a look at it. A look that comes after a 504 still attaches, and a repeat finds it done. While submissions are paused, `attach` takes a queued job too: a Redis that was restored may call queued what was bought. Name the `attempt` that you judged, so that a job that has moved on is left alone. A repeat with the same Idempotency-Key is answered with the job and does nothing.
         */
        post: operations["resolveJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/video": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job's video
         * @description Redirects to the video. Novita's links die within the hour: one that has expired is replaced by a new one first, which takes a moment. Fetch the file soon: how long Novita keeps it is not known. A job that was canceled or failed has its video too, if one came.
         */
        get: operations["getVideo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the secrets that sign your webhooks
         * @description A webhook is genuine when one of these verifies it. They are the caller's own; never cache the answer.
         */
        get: operations["getWebhookSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret that signs your webhooks
         * @description From now on each delivery is signed by a new secret, and for 24 hours by the one that it replaces as well: let your receivers accept both before then. After five rotations in 24 hours the next must wait.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read events in order
         * @description What your webhooks tell, in the order in which it happened, for receivers that were down or cannot be reached. Oldest first: without `after` from the oldest that is kept, with `after=latest` from now on. Every answer has a `next`, also one without events: keep it, send it as `after`, and you get each event exactly once, in the same order as everybody else. With `wait` the answer comes as soon as there is an event, at the latest after that many seconds. With `Accept: text/event-stream` the events are streamed, for ever: `limit` and `wait` do not matter there, and `Last-Event-ID` goes before `after`. It holds the events of all your jobs, whatever their webhooks ask for, except that `job.submitted` and `job.progress` are there only when a webhook asks for them, `webhook.test` never is, and those of a job that was erased are left out. A cursor is good for as long as events are kept; one that is older, so that events may have come and gone behind it, is 410.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhook endpoints
         * @description All of yours, newest first: there are 20 at most.
         */
        get: operations["listEndpoints"];
        put?: never;
        /**
         * Make a webhook endpoint
         * @description From now on it gets each event that passes its filter, of all your jobs, besides the addresses that they name. Its secret is shown in this answer only, and again to repeats under the same `Idempotency-Key` as long as it is the endpoint's current one, since the key is for answers that got lost. A tenant may have 20.
         */
        post: operations["createEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook endpoint
         * @description The endpoint as it is now, without its secret and without the values of its headers.
         */
        get: operations["getEndpoint"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook endpoint
         * @description What is on its way to it is given up, with the code `endpoint_deleted`; an attempt that has begun comes to its end. Its deliveries stay in the log.
         */
        delete: operations["deleteEndpoint"];
        options?: never;
        head?: never;
        /**
         * Change a webhook endpoint
         * @description What is left out stays as it is; null sets it back. Deliveries that are waiting go to the new address, with the new headers; which events they carry was decided when these were raised.
         */
        patch: operations["changeEndpoint"];
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret of a webhook endpoint
         * @description From now on each delivery is signed by the new secret, and until its grace is over by the one that it replaces as well: let your receiver accept both before then. At most five that were replaced sign at a time. The new secret is shown in this answer only, and again to repeats under the same `Idempotency-Key` as long as it is the current one.
         */
        post: operations["rotateEndpointSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable a webhook endpoint
         * @description It gets events again, those that are raised from now on; `recover` sends what it has missed. Failures so far are forgotten. One that is enabled stays as it is.
         */
        post: operations["enableEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable a webhook endpoint
         * @description It gets nothing until it is enabled. What is on its way to it is given up, with the code `endpoint_disabled`, and so is each event that it would get: `recover` sends them later. One that is disabled stays as it is.
         */
        post: operations["disableEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test to a webhook endpoint
         * @description Sends a signed `webhook.test` event, whatever the endpoint's filter and even if it is disabled, and waits for what comes of it. There is one attempt, and it says nothing about the endpoint's health. One test at a time, of all your endpoints.
         */
        post: operations["testEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description Newest first. A `job_id` that is none of your jobs has none. The operator may list the deliveries of any job, by its `job_id`. Whoever follows `next` meets each delivery that fits all the while exactly once.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a delivery
         * @description The delivery as it is now, with what came of its attempts. The operator may read every tenant's.
         */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event once more
         * @description Sends the same event, with the same `webhook-id` and the same bytes, to where it went, and from now on by a fresh schedule. A delivery that waits for a retry is tried now; one that is on its way already is left alone. Nothing is sent to an endpoint that is deleted or disabled.
         */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an endpoint what it has missed
         * @description Sends again every event since `since` that the endpoint has not taken: those whose schedule is exhausted, those that were given up, also because it was disabled, and those that wait for a later retry. What is on its way is left alone, so a repeat adds nothing. They go oldest first, ten a second to each endpoint, and to the jobs' own addresses together; each with the same `webhook-id` and the same bytes as ever, and by a fresh schedule. One request sends at most 10,000. What is no longer kept cannot be sent.
         */
        post: operations["recoverEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send events once more, by filter
         * @description Sends once more every delivery that passes the filter, unless it is on its way. Without a `status` these are the ones that failed or were aborted; those that were delivered are sent again only if it says so. A test is sent again only by its `event_type`. They go oldest first, ten a second to each endpoint, and to the jobs' own addresses together; each with the same `webhook-id` and the same bytes as ever, and by a fresh schedule. One request sends at most 10,000. With `dry_run` they are counted, and nothing else happens.
         */
        post: operations["redeliverMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the jobs of all tenants
         * @description As `GET /v1/jobs`, over all tenants or one of them; each job says whose it is. Tags and references are indexed by tenant: without `tenant` they are looked for one job after the other, and a page may be short.
         */
        get: operations["listAllJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is anything bought, and if not, why not?
         * @description The operator's pause, the breaker that opens when Novita cannot be bought from, and how many slots are in use.
         */
        get: operations["getSubmissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/submissions/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause submissions
         * @description From now on no job is submitted, by any worker; queued ones wait, and their start timeouts go on. Requests that are on their way are not stopped. Tasks are watched, webhooks sent and jobs canceled as before. Pausing again changes nothing.
         */
        post: operations["pauseSubmissions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/submissions/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume submissions
         * @description Ends the operator's pause: queued jobs go on within about a second. The breaker is not affected.
         */
        post: operations["resumeSubmissions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who decided what
         * @description Who resolved, paused, resumed, rotated, made or revoked, newest first. About the last 10,000 entries are kept.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "job.succeeded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The video is there
         * @description Its own link dies within the hour: `urls.video` gives one that works. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobSucceeded"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The job ended without a video
         * @description `error` says why. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.canceled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The job was canceled
         * @description Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobCanceled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.expired": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The job took too long
         * @description A video that still arrives raises `job.recovered`. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobExpired"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.unconfirmed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Nobody can know whether the job was bought
         * @description It waits for `POST /v1/jobs/{id}/resolve`; if nobody decides, it fails after some days. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobUnconfirmed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.recovered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The video arrived after all
         * @description The job had failed or expired; now it has succeeded. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobRecovered"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.submitted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Novita accepted the job
         * @description Only sent when `webhook.events` asks for it. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobSubmitted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The job has come further
         * @description At most one in 10 seconds. Only sent when `webhook.events` asks for it. Sent at least once and in no order: deduplicate by `webhook-id`. Of two states of a job keep the one with the higher `version`.
         */
        post: operations["onJobProgress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "endpoint.disabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A webhook endpoint was disabled
         * @description It was `gone` or `failing`: see `disabled_reason`. Your other endpoints are told. Sent at least once and in no order: deduplicate by `webhook-id`.
         */
        post: operations["onEndpointDisabled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Somebody tries out the endpoint
         * @description Sent by `POST /v1/webhook-endpoints/{id}/test` only. Sent at least once and in no order: deduplicate by `webhook-id`.
         */
        post: operations["onWebhookTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * @description A job, as the operator sees it.
         * @example {
         *       "id": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "object": "job",
         *       "status": "succeeded",
         *       "model": "wan2.7-t2v",
         *       "input": {
         *         "prompt": "a lighthouse at dawn",
         *         "size": "1280*720",
         *         "duration": 5,
         *         "watermark": false,
         *         "prompt_extend": true
         *       },
         *       "metadata": {
         *         "campaign": "7"
         *       },
         *       "tags": [
         *         "spring"
         *       ],
         *       "reference": "order-42",
         *       "priority": "normal",
         *       "version": 7,
         *       "progress": 100,
         *       "eta_at": null,
         *       "task_id": "9a1c6f0e",
         *       "tasks": [
         *         "9a1c6f0e"
         *       ],
         *       "attempts": 1,
         *       "polls": 4,
         *       "retry_of": null,
         *       "retried_by": null,
         *       "video": {
         *         "url": "https://files.example.com/9a1c6f0e.mp4",
         *         "type": "mp4",
         *         "expires_at": "2026-01-01T01:00:00.000Z"
         *       },
         *       "billing": {
         *         "state": "billed",
         *         "estimated": 0.5,
         *         "currency": "USD"
         *       },
         *       "error": null,
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "submitted_at": "2026-01-01T00:00:02.000Z",
         *       "finished_at": "2026-01-01T00:01:30.000Z",
         *       "deadline_at": "2026-01-01T01:00:02.000Z",
         *       "cancel_requested_at": null,
         *       "erased_at": null,
         *       "urls": {
         *         "self": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *         "events": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/events",
         *         "cancel": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/cancel",
         *         "video": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/video"
         *       },
         *       "tenant": "acme"
         *     }
         */
        AdminJob: {
            /** @description `job_` and a ULID. */
            id: string;
            /**
             * @description What this is.
             * @constant
             */
            object: "job";
            status: components["schemas"]["JobStatus"];
            /** @description Which model makes the video. */
            model: string;
            /** @description The request's input with every default filled in; empty once the job is erased. */
            input: {
                [key: string]: string | number | boolean;
            };
            /** @description Yours, as you sent it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Yours, as you sent them. */
            tags: string[];
            /** @description Yours, as you sent it. */
            reference: string | null;
            /**
             * @description Which of your waiting jobs goes first.
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /** @description Grows with each change. Webhooks are unordered: keep the highest. */
            version: number;
            /** @description Percent. */
            progress: number;
            /** @description When Novita expects the video, if it says so. */
            eta_at: string | null;
            /** @description Novita's task: the one that made the video, else the newest. */
            task_id: string | null;
            /** @description Every task id that Novita ever returned for this job. */
            tasks: string[];
            /** @description Submissions that were begun and not proven unsent. */
            attempts: number;
            /** @description How often Novita was asked how far it is. */
            polls: number;
            /** @description The job that this one repeats. */
            retry_of: string | null;
            /** @description The job that repeats this one. */
            retried_by: string | null;
            /** @description There when the job has succeeded; a canceled one may have it too. */
            video: components["schemas"]["Video"] | null;
            billing: components["schemas"]["Billing"];
            /** @description There when the job is unconfirmed, or ended without a video. */
            error: components["schemas"]["JobError"] | null;
            /**
             * Format: date-time
             * @description When it was accepted here.
             */
            created_at: string;
            /** @description When Novita accepted it. */
            submitted_at: string | null;
            /** @description When it ended. */
            finished_at: string | null;
            /** @description When it expires unless it has ended. */
            deadline_at: string | null;
            /** @description When somebody canceled it while its submission was on its way. */
            cancel_requested_at: string | null;
            /** @description When its content was erased; its id, money and times stay. */
            erased_at: string | null;
            urls: components["schemas"]["JobUrls"];
            /** @description Whose job it is. */
            tenant: string;
        };
        /** @description A page of jobs. */
        AdminJobList: {
            /** @description Newest first. */
            data: components["schemas"]["AdminJob"][];
            /** @description Send it as `after` for the page that follows; null: there is none. With several filters a page may be short, even empty, and yet have a next. */
            next: string | null;
        };
        /**
         * @description All is well.
         * @example {
         *       "status": "ok"
         *     }
         */
        Alive: {
            /** @constant */
            status: "ok";
        };
        /**
         * @description Who decided what.
         * @example {
         *       "data": [
         *         {
         *           "id": "1767225600000-0",
         *           "at": "2026-01-01T00:00:00.000Z",
         *           "action": "resolve.fail",
         *           "by": "tenant acme (key_01K9Z4Q6W8D2V5T1R3N7M0X4YB)",
         *           "tenant": "acme",
         *           "subject": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *           "reason": null
         *         }
         *       ],
         *       "next": null
         *     }
         */
        AuditLog: {
            /** @description Newest first. */
            data: {
                /** @description Its place in the log. */
                id: string;
                /**
                 * Format: date-time
                 * @description When it was done.
                 */
                at: string;
                /** @description Such as `resolve.fail`, `submissions.pause`, `secret.rotate`, `endpoint.create`, `key.create`, `key.revoke`. */
                action: string;
                /** @description `operator`, or a tenant and the id of the key that it used: `tenant acme (key_…)`. */
                by: string;
                /** @description Whom it concerns; null: all. */
                tenant: string | null;
                /** @description What it was done to, such as a job's or a key's id. */
                subject: string | null;
                /** @description What was said about it, by whoever paused; null: nothing. */
                reason: string | null;
            }[];
            /** @description Send it as `after` for the page that follows; null: there is none. */
            next: string | null;
        };
        /** @description What the job costs. */
        Billing: {
            /**
             * @description The worst over all attempts: billed > unknown > not_billed. An attempt whose outcome is open is unknown.
             * @enum {string}
             */
            state: "billed" | "unknown" | "not_billed";
            /** @description Dollars for one submission; null when no price is known. */
            estimated: number | null;
            /**
             * @description US dollars.
             * @constant
             */
            currency: "USD";
        };
        /**
         * @description A new endpoint, with its secret.
         * @example {
         *       "id": "ep_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "url": "https://example.com/webhooks/onetake",
         *       "status": "enabled",
         *       "disabled_reason": null,
         *       "disabled_at": null,
         *       "failing_since": null,
         *       "object": "webhook_endpoint",
         *       "events": [
         *         "job.succeeded",
         *         "job.failed"
         *       ],
         *       "description": "the shop's back end",
         *       "headers": {
         *         "Authorization": "redacted"
         *       },
         *       "secrets": [
         *         {
         *           "created_at": "2026-01-01T00:00:00.000Z",
         *           "expires_at": null
         *         }
         *       ],
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "updated_at": "2026-01-01T00:00:00.000Z",
         *       "secret": "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
         *     }
         */
        CreatedEndpoint: {
            /** @description `ep_` and a ULID. */
            id: string;
            url: string;
            /**
             * @description A disabled one gets nothing; what it misses is kept for a recovery.
             * @enum {string}
             */
            status: "enabled" | "disabled";
            /** @description `manual`: Its owner disabled it. `gone`: It answered 410: it wants no more events. `failing`: Nothing but failures for five days. */
            disabled_reason: ("manual" | "gone" | "failing") | null;
            disabled_at: string | null;
            /** @description Since when no attempt has succeeded; null: the last one did, or there was none. */
            failing_since: string | null;
            /** @constant */
            object: "webhook_endpoint";
            /** @description Which events it gets; null: every event but `job.submitted` and `job.progress`. */
            events: string[] | null;
            description: string | null;
            /** @description The names of the headers that are sent with each delivery. Their values are never shown. */
            headers: {
                [key: string]: "redacted";
            };
            /** @description Those that sign now, the current one first. */
            secrets: components["schemas"]["EndpointSecretTimes"][];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /** @description `whsec_` and base64: what verifies the endpoint's deliveries. Shown this once, and to repeats under the same `Idempotency-Key`; null: such a repeat, after another secret has taken its place. */
            secret: string | null;
        };
        /**
         * @description One event on its way to one address, with what came of each attempt.
         * @example {
         *       "id": "dlv_01K9Z4Q6W8D2V5T1R3N7M0X4YB_job",
         *       "object": "delivery",
         *       "job_id": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "event_id": "evt_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "event_type": "job.succeeded",
         *       "endpoint_id": null,
         *       "url": "https://example.com/webhooks/onetake",
         *       "status": "delivered",
         *       "attempts_made": 1,
         *       "next_attempt_at": null,
         *       "last_status": 204,
         *       "last_error": null,
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "finished_at": "2026-01-01T00:00:01.000Z",
         *       "attempts": [
         *         {
         *           "n": 1,
         *           "at": "2026-01-01T00:00:00.100Z",
         *           "status": 204,
         *           "duration_ms": 180,
         *           "error_code": null,
         *           "snippet": null
         *         }
         *       ]
         *     }
         */
        Delivery: {
            /** @description `dlv_` and more. */
            id: string;
            /** @constant */
            object: "delivery";
            /** @description null: the event is about no job. */
            job_id: string | null;
            /** @description The `webhook-id`, the same over all attempts and redeliveries. */
            event_id: string;
            /** @description Such as `job.succeeded`. */
            event_type: string;
            /** @description The endpoint that it goes to; null: the job's own `webhook.url`. */
            endpoint_id: string | null;
            /** @description Where it goes; empty once the job is erased. */
            url: string;
            status: components["schemas"]["DeliveryStatus"];
            /** @description Attempts begun, also those before a redelivery. */
            attempts_made: number;
            /** @description When the next attempt is due, while one is planned. */
            next_attempt_at: string | null;
            /** @description The HTTP status of the last attempt. */
            last_status: number | null;
            /** @description Why the last attempt failed, or why the delivery was given up. */
            last_error: string | null;
            /** Format: date-time */
            created_at: string;
            finished_at: string | null;
            /** @description Oldest first; about the last 50. */
            attempts: components["schemas"]["DeliveryAttempt"][];
        };
        /** @description One attempt to hand an event over. */
        DeliveryAttempt: {
            /** @description Counts all attempts of the delivery, also those before a redelivery. */
            n: number;
            /** Format: date-time */
            at: string;
            /** @description The receiver's HTTP status; null when none came. */
            status: number | null;
            duration_ms: number;
            /** @description Why it failed, such as `http_error` or `timeout`; null when it was taken. */
            error_code: string | null;
            /** @description The beginning of what the receiver answered, as plain text, at most 1 KiB. */
            snippet: string | null;
        };
        /** @description A page of deliveries. */
        DeliveryList: {
            /** @description Newest first. */
            data: components["schemas"]["ListedDelivery"][];
            /** @description Send it as `after` for the page that follows; null: there is none. With several filters a page may be short, even empty, and yet have a next. */
            next: string | null;
        };
        /**
         * @description - `pending`: Waiting for the first attempt, or for that of a redelivery.
         *     - `delivering`: An attempt is on its way.
         *     - `retrying`: The last attempt failed; another one is planned.
         *     - `delivered`: The receiver took it with a 2xx.
         *     - `failed`: Every attempt of the schedule failed.
         *     - `aborted`: Given up before the schedule's end: the receiver answered 410, its endpoint was disabled or deleted, or there is nothing left to send.
         * @enum {string}
         */
        DeliveryStatus: "pending" | "delivering" | "retrying" | "delivered" | "failed" | "aborted";
        /**
         * @description Where events go, besides the addresses that jobs name.
         * @example {
         *       "id": "ep_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "url": "https://example.com/webhooks/onetake",
         *       "status": "enabled",
         *       "disabled_reason": null,
         *       "disabled_at": null,
         *       "failing_since": null,
         *       "object": "webhook_endpoint",
         *       "events": [
         *         "job.succeeded",
         *         "job.failed"
         *       ],
         *       "description": "the shop's back end",
         *       "headers": {
         *         "Authorization": "redacted"
         *       },
         *       "secrets": [
         *         {
         *           "created_at": "2026-01-01T00:00:00.000Z",
         *           "expires_at": null
         *         }
         *       ],
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "updated_at": "2026-01-01T00:00:00.000Z"
         *     }
         */
        Endpoint: {
            /** @description `ep_` and a ULID. */
            id: string;
            url: string;
            /**
             * @description A disabled one gets nothing; what it misses is kept for a recovery.
             * @enum {string}
             */
            status: "enabled" | "disabled";
            /** @description `manual`: Its owner disabled it. `gone`: It answered 410: it wants no more events. `failing`: Nothing but failures for five days. */
            disabled_reason: ("manual" | "gone" | "failing") | null;
            disabled_at: string | null;
            /** @description Since when no attempt has succeeded; null: the last one did, or there was none. */
            failing_since: string | null;
            /** @constant */
            object: "webhook_endpoint";
            /** @description Which events it gets; null: every event but `job.submitted` and `job.progress`. */
            events: string[] | null;
            description: string | null;
            /** @description The names of the headers that are sent with each delivery. Their values are never shown. */
            headers: {
                [key: string]: "redacted";
            };
            /** @description Those that sign now, the current one first. */
            secrets: components["schemas"]["EndpointSecretTimes"][];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @description What shall be different; what is left out stays, and null sets it back.
         * @example {
         *       "events": [
         *         "job.*"
         *       ],
         *       "description": null
         *     }
         */
        EndpointChange: {
            /**
             * Format: uri
             * @description A public https address; it gets signed POSTs.
             */
            url?: string;
            /** @description Which events it gets. Without it, or null: every event but `job.submitted` and `job.progress`. */
            events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired" | "job.unconfirmed" | "job.recovered" | "job.submitted" | "job.progress" | "job.*" | "endpoint.disabled" | "endpoint.*")[] | null;
            /** @description Yours, to tell it from others. */
            description?: string | null;
            /** @description Sent with each delivery, such as a gateway's `Authorization`. They are encrypted at rest, and no answer shows their values. Names that frame the request, tell where it comes from, or are Onetake's own are refused. */
            headers?: {
                [key: string]: string;
            } | null;
        };
        /** @description All endpoints of a tenant. */
        EndpointList: {
            /** @description Newest first. */
            data: components["schemas"]["Endpoint"][];
            /** @description There is no second page. */
            next: null;
        };
        /**
         * @description Where to send events, and which.
         * @example {
         *       "url": "https://example.com/webhooks/onetake",
         *       "events": [
         *         "job.succeeded",
         *         "job.failed"
         *       ],
         *       "description": "the shop's back end",
         *       "headers": {
         *         "Authorization": "Bearer of-your-gateway"
         *       }
         *     }
         */
        EndpointRequest: {
            /**
             * Format: uri
             * @description A public https address; it gets signed POSTs.
             */
            url: string;
            /** @description Which events it gets. Without it, or null: every event but `job.submitted` and `job.progress`. */
            events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired" | "job.unconfirmed" | "job.recovered" | "job.submitted" | "job.progress" | "job.*" | "endpoint.disabled" | "endpoint.*")[] | null;
            /** @description Yours, to tell it from others. */
            description?: string | null;
            /** @description Sent with each delivery, such as a gateway's `Authorization`. They are encrypted at rest, and no answer shows their values. Names that frame the request, tell where it comes from, or are Onetake's own are refused. */
            headers?: {
                [key: string]: string;
            } | null;
            /** @description One of your own, `whsec_` and base64 of 24 to 64 bytes. Without it one is made. */
            secret?: string;
        };
        /** @description When a secret was made, and until when it signs. */
        EndpointSecretTimes: {
            /** Format: date-time */
            created_at: string;
            /** @description When it ceases to sign; null: it is the current one. */
            expires_at: string | null;
        };
        /**
         * @description Something that happened, exactly as webhooks tell it.
         * @example {
         *       "type": "job.succeeded",
         *       "id": "evt_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "timestamp": "2026-01-01T00:01:30.000Z",
         *       "data": {
         *         "job": {
         *           "id": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *           "object": "job",
         *           "status": "succeeded",
         *           "model": "wan2.7-t2v",
         *           "metadata": {
         *             "campaign": "7"
         *           },
         *           "tags": [
         *             "spring"
         *           ],
         *           "reference": "order-42",
         *           "priority": "normal",
         *           "version": 7,
         *           "progress": 100,
         *           "eta_at": null,
         *           "task_id": "9a1c6f0e",
         *           "tasks": [
         *             "9a1c6f0e"
         *           ],
         *           "attempts": 1,
         *           "polls": 4,
         *           "retry_of": null,
         *           "retried_by": null,
         *           "video": {
         *             "url": "https://files.example.com/9a1c6f0e.mp4",
         *             "type": "mp4",
         *             "expires_at": "2026-01-01T01:00:00.000Z"
         *           },
         *           "billing": {
         *             "state": "billed",
         *             "estimated": 0.5,
         *             "currency": "USD"
         *           },
         *           "error": null,
         *           "created_at": "2026-01-01T00:00:00.000Z",
         *           "submitted_at": "2026-01-01T00:00:02.000Z",
         *           "finished_at": "2026-01-01T00:01:30.000Z",
         *           "deadline_at": "2026-01-01T01:00:02.000Z",
         *           "cancel_requested_at": null,
         *           "erased_at": null,
         *           "urls": {
         *             "self": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *             "events": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/events",
         *             "cancel": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/cancel",
         *             "video": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/video"
         *           }
         *         }
         *       }
         *     }
         */
        Event: {
            /** @description What happened, such as `job.succeeded`. New ones may come. */
            type: string;
            /** @description `evt_` and a ULID: the `webhook-id` of its webhooks. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /** @description What it is about. */
            data: {
                /** @description The job, of an event whose type begins with `job.`. */
                job?: components["schemas"]["EventJob"];
                /** @description The endpoint, of one that begins with `endpoint.`. */
                endpoint?: components["schemas"]["EventEndpoint"];
            } & {
                [key: string]: unknown;
            };
        };
        /** @description The endpoint that an event is about. */
        EventEndpoint: {
            /** @description `ep_` and a ULID. */
            id: string;
            url: string;
            /**
             * @description A disabled one gets nothing; what it misses is kept for a recovery.
             * @enum {string}
             */
            status: "enabled" | "disabled";
            /** @description `manual`: Its owner disabled it. `gone`: It answered 410: it wants no more events. `failing`: Nothing but failures for five days. */
            disabled_reason: ("manual" | "gone" | "failing") | null;
            disabled_at: string | null;
            /** @description Since when no attempt has succeeded; null: the last one did, or there was none. */
            failing_since: string | null;
        };
        /** @description Events of a tenant, and where to read on. */
        EventFeed: {
            /** @description Oldest first, in the order in which they were raised. */
            data: components["schemas"]["Event"][];
            /** @description The cursor behind them. Send it as `after` for what follows, also when `data` is empty. */
            next: string;
            /** @description Whether there may be more already. With `type`, or where jobs were erased, a page may be short, even empty, though more follow. */
            has_more: boolean;
        };
        /**
         * @description The job as it was right after the change. The input stays out.
         * @example {
         *       "id": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "object": "job",
         *       "status": "succeeded",
         *       "model": "wan2.7-t2v",
         *       "metadata": {
         *         "campaign": "7"
         *       },
         *       "tags": [
         *         "spring"
         *       ],
         *       "reference": "order-42",
         *       "priority": "normal",
         *       "version": 7,
         *       "progress": 100,
         *       "eta_at": null,
         *       "task_id": "9a1c6f0e",
         *       "tasks": [
         *         "9a1c6f0e"
         *       ],
         *       "attempts": 1,
         *       "polls": 4,
         *       "retry_of": null,
         *       "retried_by": null,
         *       "video": {
         *         "url": "https://files.example.com/9a1c6f0e.mp4",
         *         "type": "mp4",
         *         "expires_at": "2026-01-01T01:00:00.000Z"
         *       },
         *       "billing": {
         *         "state": "billed",
         *         "estimated": 0.5,
         *         "currency": "USD"
         *       },
         *       "error": null,
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "submitted_at": "2026-01-01T00:00:02.000Z",
         *       "finished_at": "2026-01-01T00:01:30.000Z",
         *       "deadline_at": "2026-01-01T01:00:02.000Z",
         *       "cancel_requested_at": null,
         *       "erased_at": null,
         *       "urls": {
         *         "self": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *         "events": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/events",
         *         "cancel": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/cancel",
         *         "video": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/video"
         *       }
         *     }
         */
        EventJob: {
            /** @description `job_` and a ULID. */
            id: string;
            /**
             * @description What this is.
             * @constant
             */
            object: "job";
            status: components["schemas"]["JobStatus"];
            /** @description Which model makes the video. */
            model: string;
            /** @description Yours, as you sent it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Yours, as you sent them. */
            tags: string[];
            /** @description Yours, as you sent it. */
            reference: string | null;
            /**
             * @description Which of your waiting jobs goes first.
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /** @description Grows with each change. Webhooks are unordered: keep the highest. */
            version: number;
            /** @description Percent. */
            progress: number;
            /** @description When Novita expects the video, if it says so. */
            eta_at: string | null;
            /** @description Novita's task: the one that made the video, else the newest. */
            task_id: string | null;
            /** @description Every task id that Novita ever returned for this job. */
            tasks: string[];
            /** @description Submissions that were begun and not proven unsent. */
            attempts: number;
            /** @description How often Novita was asked how far it is. */
            polls: number;
            /** @description The job that this one repeats. */
            retry_of: string | null;
            /** @description The job that repeats this one. */
            retried_by: string | null;
            /** @description There when the job has succeeded; a canceled one may have it too. */
            video: components["schemas"]["Video"] | null;
            billing: components["schemas"]["Billing"];
            /** @description There when the job is unconfirmed, or ended without a video. */
            error: components["schemas"]["JobError"] | null;
            /**
             * Format: date-time
             * @description When it was accepted here.
             */
            created_at: string;
            /** @description When Novita accepted it. */
            submitted_at: string | null;
            /** @description When it ended. */
            finished_at: string | null;
            /** @description When it expires unless it has ended. */
            deadline_at: string | null;
            /** @description When somebody canceled it while its submission was on its way. */
            cancel_requested_at: string | null;
            /** @description When its content was erased; its id, money and times stay. */
            erased_at: string | null;
            urls: components["schemas"]["JobUrls"];
        };
        /**
         * @description One fault of the request.
         * @example {
         *       "pointer": "/input/prompt",
         *       "detail": "is required"
         *     }
         */
        Fault: {
            /** @description Where in the body: a JSON Pointer (RFC 6901). */
            pointer?: string;
            /** @description The name of the parameter or header, when it is not the body. */
            parameter?: string;
            /** @description What would be right. */
            detail: string;
        };
        /**
         * @description What happened to a job.
         * @example {
         *       "data": [
         *         {
         *           "id": "1767225600000-0",
         *           "at": "2026-01-01T00:00:00.000Z",
         *           "type": "queued",
         *           "version": 1,
         *           "status": "queued"
         *         }
         *       ]
         *     }
         */
        History: {
            /** @description Oldest first. Of a very long history the oldest are not kept. */
            data: components["schemas"]["HistoryEntry"][];
        };
        /**
         * @description Something that happened to a job.
         * @example {
         *       "id": "1767225602000-0",
         *       "at": "2026-01-01T00:00:02.000Z",
         *       "type": "processing",
         *       "version": 3,
         *       "status": "processing",
         *       "transition": "accept",
         *       "task_id": "9a1c6f0e",
         *       "late": false
         *     }
         */
        HistoryEntry: {
            /** @description Its place in the history: entries sort by it. A stream's `id`. */
            id: string;
            /** Format: date-time */
            at: string;
            /** @description What happened: the status that the job moved to, or something that moved nothing, such as `progress`, `cancel_requested`, `task_failed`, `orphan_task`, `video_kept`, `retried`. New ones may come. */
            type: string;
            /** @description The job's version with this change. */
            version: number;
            /** @description The job's status with this change. */
            status: components["schemas"]["JobStatus"];
            /** @description With a change of status: by which way. */
            transition?: string;
            /** @description Which submission it is about. */
            attempt?: number;
            /** @description Which of Novita's tasks it is about. */
            task_id?: string;
            /** @description Which other job it is about. */
            job_id?: string;
            /** @description Whether the task came to light after its submission was given up. */
            late?: boolean;
            /** @description Percent. */
            progress?: number;
            /** @description Who or what decided it. */
            by?: string;
            /** @description The error's code. */
            code?: string;
            /** @description For people; it may change. */
            message?: string | null;
            /** @description Novita's own word for it. */
            reason?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description One request for one video.
         * @example {
         *       "id": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "object": "job",
         *       "status": "succeeded",
         *       "model": "wan2.7-t2v",
         *       "input": {
         *         "prompt": "a lighthouse at dawn",
         *         "size": "1280*720",
         *         "duration": 5,
         *         "watermark": false,
         *         "prompt_extend": true
         *       },
         *       "metadata": {
         *         "campaign": "7"
         *       },
         *       "tags": [
         *         "spring"
         *       ],
         *       "reference": "order-42",
         *       "priority": "normal",
         *       "version": 7,
         *       "progress": 100,
         *       "eta_at": null,
         *       "task_id": "9a1c6f0e",
         *       "tasks": [
         *         "9a1c6f0e"
         *       ],
         *       "attempts": 1,
         *       "polls": 4,
         *       "retry_of": null,
         *       "retried_by": null,
         *       "video": {
         *         "url": "https://files.example.com/9a1c6f0e.mp4",
         *         "type": "mp4",
         *         "expires_at": "2026-01-01T01:00:00.000Z"
         *       },
         *       "billing": {
         *         "state": "billed",
         *         "estimated": 0.5,
         *         "currency": "USD"
         *       },
         *       "error": null,
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "submitted_at": "2026-01-01T00:00:02.000Z",
         *       "finished_at": "2026-01-01T00:01:30.000Z",
         *       "deadline_at": "2026-01-01T01:00:02.000Z",
         *       "cancel_requested_at": null,
         *       "erased_at": null,
         *       "urls": {
         *         "self": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *         "events": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/events",
         *         "cancel": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/cancel",
         *         "video": "/v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB/video"
         *       }
         *     }
         */
        Job: {
            /** @description `job_` and a ULID. */
            id: string;
            /**
             * @description What this is.
             * @constant
             */
            object: "job";
            status: components["schemas"]["JobStatus"];
            /** @description Which model makes the video. */
            model: string;
            /** @description The request's input with every default filled in; empty once the job is erased. */
            input: {
                [key: string]: string | number | boolean;
            };
            /** @description Yours, as you sent it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Yours, as you sent them. */
            tags: string[];
            /** @description Yours, as you sent it. */
            reference: string | null;
            /**
             * @description Which of your waiting jobs goes first.
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /** @description Grows with each change. Webhooks are unordered: keep the highest. */
            version: number;
            /** @description Percent. */
            progress: number;
            /** @description When Novita expects the video, if it says so. */
            eta_at: string | null;
            /** @description Novita's task: the one that made the video, else the newest. */
            task_id: string | null;
            /** @description Every task id that Novita ever returned for this job. */
            tasks: string[];
            /** @description Submissions that were begun and not proven unsent. */
            attempts: number;
            /** @description How often Novita was asked how far it is. */
            polls: number;
            /** @description The job that this one repeats. */
            retry_of: string | null;
            /** @description The job that repeats this one. */
            retried_by: string | null;
            /** @description There when the job has succeeded; a canceled one may have it too. */
            video: components["schemas"]["Video"] | null;
            billing: components["schemas"]["Billing"];
            /** @description There when the job is unconfirmed, or ended without a video. */
            error: components["schemas"]["JobError"] | null;
            /**
             * Format: date-time
             * @description When it was accepted here.
             */
            created_at: string;
            /** @description When Novita accepted it. */
            submitted_at: string | null;
            /** @description When it ended. */
            finished_at: string | null;
            /** @description When it expires unless it has ended. */
            deadline_at: string | null;
            /** @description When somebody canceled it while its submission was on its way. */
            cancel_requested_at: string | null;
            /** @description When its content was erased; its id, money and times stay. */
            erased_at: string | null;
            urls: components["schemas"]["JobUrls"];
        };
        /**
         * @description Why a job is unconfirmed or ended without a video.
         * @example {
         *       "code": "invalid_input",
         *       "message": "Novita refused the input.",
         *       "stage": "submit",
         *       "retryable": false,
         *       "upstream": {
         *         "status": 400,
         *         "reason": "INVALID_REQUEST_BODY"
         *       }
         *     }
         */
        JobError: {
            /**
             * @description What to branch on.
             * @enum {string}
             */
            code: "invalid_input" | "content_rejected" | "generation_failed" | "submission_unconfirmed" | "start_timeout" | "generation_timeout" | "task_lost" | "model_unavailable" | "upstream_contract" | "budget_exceeded";
            /** @description For people; it may change. */
            message: string;
            /**
             * @description Whether it arose while the task was submitted or while it ran.
             * @enum {string}
             */
            stage: "submit" | "poll";
            /** @description Whether the same request may well succeed as a new job, which is a new purchase. */
            retryable: boolean;
            /** @description What Novita said, if it said anything. */
            upstream: {
                /** @description Novita's HTTP status. */
                status: number | null;
                /** @description Novita's own word for it. */
                reason: string | null;
            } | null;
        };
        /** @description A page of jobs. */
        JobList: {
            /** @description Newest first. */
            data: components["schemas"]["Job"][];
            /** @description Send it as `after` for the page that follows; null: there is none. With several filters a page may be short, even empty, and yet have a next. */
            next: string | null;
        };
        /**
         * @description What you want, and how to tell you.
         * @example {
         *       "input": {
         *         "prompt": "a lighthouse at dawn",
         *         "size": "1280*720",
         *         "duration": 5
         *       },
         *       "webhook": {
         *         "url": "https://example.com/webhooks/onetake"
         *       },
         *       "reference": "order-42"
         *     }
         */
        JobRequest: {
            /**
             * @description Which model makes the video.
             * @default wan2.7-t2v
             * @constant
             */
            model?: "wan2.7-t2v";
            /** @description What the model makes the video of, in its own words. */
            input: {
                /** @description What the video shows. */
                prompt: string;
                /** @description What it must not show. */
                negative_prompt?: string;
                /**
                 * @description Width and height in pixels. The price depends on it.
                 * @default 1920*1080
                 * @enum {string}
                 */
                size?: "1280*720" | "720*1280" | "960*960" | "1088*832" | "832*1088" | "1920*1080" | "1080*1920" | "1440*1440" | "1632*1248" | "1248*1632";
                /**
                 * @description Seconds. The price depends on it.
                 * @default 5
                 */
                duration?: number;
                /** @description The same seed with the same input makes much the same video. Without one it is Novita's choice. */
                seed?: number;
                /**
                 * Format: uri
                 * @description A wav or mp3 of 3 to 30 seconds and at most 15 MB for the soundtrack, which Novita fetches. Without one it makes its own.
                 */
                audio_url?: string;
                /**
                 * @description Whether the video carries a watermark.
                 * @default false
                 */
                watermark?: boolean;
                /**
                 * @description Whether Novita may elaborate the prompt.
                 * @default true
                 */
                prompt_extend?: boolean;
            };
            /** @description Where to tell how the job goes. Without `events`, every event but submitted and progress. */
            webhook?: {
                /**
                 * Format: uri
                 * @description A public https address; it gets signed POSTs.
                 */
                url: string;
                events?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired" | "job.unconfirmed" | "job.recovered" | "job.submitted" | "job.progress" | "job.*")[];
            };
            /** @description Yours, to find the job by. */
            reference?: string;
            /**
             * @description Yours; it comes back in the job and its webhooks.
             * @default {}
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description Yours, to find jobs by.
             * @default []
             */
            tags?: string[];
            /**
             * @description Which of your waiting jobs goes first.
             * @default normal
             * @enum {string}
             */
            priority?: "high" | "normal" | "low";
            /** @description Seconds from acceptance by Novita to `expired`. Without it the installation decides. */
            timeout_s?: number;
            /** @description Seconds from now to `expired` when it was never submitted. Without it the installation decides. */
            start_timeout_s?: number;
            /** @description In US dollars: a job whose estimate is higher, or unknown, is refused. */
            max_cost?: number;
            /**
             * @description What to do when nobody can know whether the job was bought: wait for a decision, give up, or buy at most once more.
             * @default hold
             * @enum {string}
             */
            on_unconfirmed?: "hold" | "fail" | "resubmit";
        };
        /**
         * @description - `queued`: Waiting for a slot and its turn.
         *     - `submitting`: Written, durably, before the paid request leaves.
         *     - `unconfirmed`: The outcome of the paid request cannot be known. Nobody repeats it unasked.
         *     - `processing`: Novita has the task; it is looked at until it ends.
         *     - `succeeded`: The video is there.
         *     - `failed`: It ended without a video; the error says why.
         *     - `canceled`: The caller no longer wants it. A task that was on its way is watched to its end.
         *     - `expired`: It took too long. A video that still arrives turns it into succeeded.
         * @enum {string}
         */
        JobStatus: "queued" | "submitting" | "unconfirmed" | "processing" | "succeeded" | "failed" | "canceled" | "expired";
        /** @description Where to go from here: absolute when the installation has a PUBLIC_URL, else paths. */
        JobUrls: {
            /** @description The job. */
            self: string;
            /** @description Its history. */
            events: string;
            /** @description Where to POST when nobody wants it any more. */
            cancel: string;
            /** @description A link to the video that works, once it is there. */
            video: string;
        };
        /**
         * @description One event on its way to one address.
         * @example {
         *       "id": "dlv_01K9Z4Q6W8D2V5T1R3N7M0X4YB_job",
         *       "object": "delivery",
         *       "job_id": "job_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "event_id": "evt_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
         *       "event_type": "job.succeeded",
         *       "endpoint_id": null,
         *       "url": "https://example.com/webhooks/onetake",
         *       "status": "delivered",
         *       "attempts_made": 1,
         *       "next_attempt_at": null,
         *       "last_status": 204,
         *       "last_error": null,
         *       "created_at": "2026-01-01T00:00:00.000Z",
         *       "finished_at": "2026-01-01T00:00:01.000Z"
         *     }
         */
        ListedDelivery: {
            /** @description `dlv_` and more. */
            id: string;
            /** @constant */
            object: "delivery";
            /** @description null: the event is about no job. */
            job_id: string | null;
            /** @description The `webhook-id`, the same over all attempts and redeliveries. */
            event_id: string;
            /** @description Such as `job.succeeded`. */
            event_type: string;
            /** @description The endpoint that it goes to; null: the job's own `webhook.url`. */
            endpoint_id: string | null;
            /** @description Where it goes; empty once the job is erased. */
            url: string;
            status: components["schemas"]["DeliveryStatus"];
            /** @description Attempts begun, also those before a redelivery. */
            attempts_made: number;
            /** @description When the next attempt is due, while one is planned. */
            next_attempt_at: string | null;
            /** @description The HTTP status of the last attempt. */
            last_status: number | null;
            /** @description Why the last attempt failed, or why the delivery was given up. */
            last_error: string | null;
            /** Format: date-time */
            created_at: string;
            finished_at: string | null;
        };
        /**
         * @description Whether the operator lets jobs be bought.
         * @example {
         *       "paused": true,
         *       "since": "2026-01-01T00:00:00.000Z",
         *       "by": "operator",
         *       "reason": "Novita bills twice since noon"
         *     }
         */
        Pause: {
            /** @description While it is true nothing is bought; queued jobs wait. */
            paused: boolean;
            /** @description When the pause began. */
            since: string | null;
            /** @description Who paused. */
            by: string | null;
            /** @description What was said about it. */
            reason: string | null;
        };
        /**
         * @description Why.
         * @example {
         *       "reason": "Novita bills twice since noon"
         *     }
         */
        PauseRequest: {
            /** @description For those who ask later, and for the audit log's readers. */
            reason?: string;
        } | null;
        /**
         * @description A refusal, as RFC 9457 `application/problem+json`. Members beyond these may come with some codes.
         * @example {
         *       "type": "urn:onetake:problem:invalid",
         *       "title": "The request is not valid",
         *       "status": 422,
         *       "code": "invalid",
         *       "detail": "1 fault: see errors.",
         *       "request_id": "4f0c1a52-6f0e-4d3e-9a3b-0d7d6a3b1c55",
         *       "errors": [
         *         {
         *           "pointer": "/input/prompt",
         *           "detail": "is required"
         *         }
         *       ]
         *     }
         */
        Problem: {
            /** @description `urn:onetake:problem:` and the code. */
            type: string;
            /** @description The code in words; always the same for one code. */
            title: string;
            /** @description The HTTP status, again. */
            status: number;
            /**
             * @description What to branch on. New codes may come; judge those by their status.
             * @enum {string}
             */
            code: "malformed" | "idempotency_key_required" | "idempotency_key_invalid" | "unauthorized" | "budget_exceeded" | "forbidden" | "not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "endpoint_deleted" | "endpoint_disabled" | "rotated_too_often" | "too_many_endpoints" | "test_under_way" | "gone" | "too_large" | "unsupported_media_type" | "invalid" | "idempotency_key_reused" | "rate_limited" | "too_many_queued" | "too_many_open" | "headers_too_large" | "internal" | "record_unreadable" | "memory_full" | "unavailable" | "encryption_key_missing" | "upstream_unavailable";
            /** @description What happened in this case, and what to do. For people; it may change. */
            detail: string;
            /** @description Under which the server's log knows this request. */
            request_id?: string;
            /** @description With 422 `invalid`: every fault of the request at once. */
            errors?: components["schemas"]["Fault"][];
            /** @description The job in question. */
            job_id?: string;
            /** @description The status of the job in question, if that has a part in it. */
            job_status?: components["schemas"]["JobStatus"];
            /** @description With 409 on retry: the job that was made already. */
            retried_by?: string;
            /**
             * Format: date-time
             * @description With 409 `rotated_too_often`: from when on it is possible.
             */
            possible_at?: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description From when on.
         * @example {
         *       "since": "2026-01-01T00:00:00.000Z"
         *     }
         */
        RecoverRequest: {
            /**
             * Format: date-time
             * @description What was raised then or later is sent again. Not in the future.
             */
            since: string;
            /**
             * Format: date-time
             * @description Only what was raised before; without it, up to now.
             */
            until?: string;
        };
        /**
         * @description What is sent again of what an endpoint has missed.
         * @example {
         *       "matched": 42,
         *       "recovering": 42,
         *       "has_more": false
         *     }
         */
        Recovered: {
            /** @description How many deliveries were not taken and not on their way; at most 10,000. */
            matched: number;
            /** @description How many of them are sent again by this request. */
            recovering: number;
            /** @description More fit than one request sends again. The same request, without an `Idempotency-Key` or with a new one, goes on with the rest; wait for nothing. */
            has_more: boolean;
        };
        /**
         * @description Which deliveries to send once more.
         * @example {
         *       "filter": {
         *         "status": [
         *           "failed"
         *         ],
         *         "error_code": "timeout",
         *         "created_after": "2026-01-01T00:00:00.000Z"
         *       },
         *       "dry_run": true
         *     }
         */
        RedeliverManyRequest: {
            /** @description Which deliveries; they must pass all of it. */
            filter: {
                /** @description Only deliveries with one of these; `failed` and `aborted` without it. What is on its way is left alone. */
                status?: ("retrying" | "delivered" | "failed" | "aborted")[];
                /** @description Only those to this endpoint. */
                endpoint_id?: string;
                /** @description Only those of this job. */
                job_id?: string;
                /** @description Only those of one of these events. */
                event_type?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired" | "job.unconfirmed" | "job.recovered" | "job.submitted" | "job.progress" | "endpoint.disabled" | "webhook.test")[];
                /** @description Only those with this `last_error`. */
                error_code?: string;
                /**
                 * Format: date-time
                 * @description Only those that were raised then or later.
                 */
                created_after?: string;
                /**
                 * Format: date-time
                 * @description Only those that were raised earlier.
                 */
                created_before?: string;
            };
            /**
             * @description `true`: only count them.
             * @default false
             */
            dry_run?: boolean;
        };
        /**
         * @description What is sent again by filter.
         * @example {
         *       "dry_run": false,
         *       "matched": 42,
         *       "redelivering": 42,
         *       "skipped": 3,
         *       "has_more": false,
         *       "next_created_after": null
         *     }
         */
        Redelivered: {
            /** @description They were only counted. */
            dry_run: boolean;
            /** @description How many deliveries fit and can be sent; at most 10,000. */
            matched: number;
            /** @description How many of them are sent again by this request; 0 of a dry run. */
            redelivering: number;
            /** @description How many fit besides, but go to an endpoint that is deleted or disabled. */
            skipped: number;
            /** @description More may fit than one request looks at. Go on with `next_created_after`. */
            has_more: boolean;
            /** @description Send it as `created_after` for those that were left; null: there are none. */
            next_created_after: string | null;
        };
        /**
         * @description What shall become of an unconfirmed job.
         * @example {
         *       "action": "fail",
         *       "attempt": 1
         *     }
         * @example {
         *       "action": "attach",
         *       "task_id": "9a1c6f0e"
         *     }
         */
        ResolveRequest: {
            /**
             * @description Buy it again, and perhaps twice.
             * @constant
             */
            action: "resubmit";
            /** @description The job's `attempts` when you looked. Another number is a 409. */
            attempt?: number;
        } | {
            /**
             * @description Give it up.
             * @constant
             */
            action: "fail";
            /** @description The job's `attempts` when you looked. Another number is a 409. */
            attempt?: number;
        } | {
            /**
             * @description Take the task that was found. For the operator only; a queued job too, while submissions are paused.
             * @constant
             */
            action: "attach";
            /** @description The task that the submission has made, as Novita calls it. */
            task_id: string;
            /** @description The job's `attempts` when you looked. Another number is a 409. */
            attempt?: number;
        };
        /**
         * @description How the secret is to be replaced. The current one is not taken for a new one.
         * @example {
         *       "grace_s": 86400
         *     }
         */
        RotateRequest: {
            /** @description One of your own, `whsec_` and base64 of 24 to 64 bytes. Without it one is made. */
            secret?: string;
            /**
             * @description For how many seconds the secret that is replaced signs too: at most 7 days; 0: not at all.
             * @default 86400
             */
            grace_s?: number;
        } | null;
        /**
         * @description A new secret, and which ones sign now.
         * @example {
         *       "secret": "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
         *       "secrets": [
         *         {
         *           "created_at": "2026-02-01T00:00:00.000Z",
         *           "expires_at": null
         *         },
         *         {
         *           "created_at": "2026-01-01T00:00:00.000Z",
         *           "expires_at": "2026-02-02T00:00:00.000Z"
         *         }
         *       ]
         *     }
         */
        RotatedSecret: {
            /** @description `whsec_` and base64: what verifies the endpoint's deliveries. Shown this once, and to repeats under the same `Idempotency-Key`; null: such a repeat, after another secret has taken its place. */
            secret: string | null;
            /** @description Those that sign now, the current one first. */
            secrets: components["schemas"]["EndpointSecretTimes"][];
        };
        /**
         * @description All that may keep jobs from being bought.
         * @example {
         *       "paused": true,
         *       "since": "2026-01-01T00:00:00.000Z",
         *       "by": "operator",
         *       "reason": "Novita bills twice since noon",
         *       "breaker": {
         *         "open": false,
         *         "cause": null,
         *         "since": null,
         *         "failures": 0
         *       },
         *       "slots_in_use": 3
         *     }
         */
        Submissions: {
            /** @description While it is true nothing is bought; queued jobs wait. */
            paused: boolean;
            /** @description When the pause began. */
            since: string | null;
            /** @description Who paused. */
            by: string | null;
            /** @description What was said about it. */
            reason: string | null;
            /** @description Opens by itself when it looks as if nothing could be bought. */
            breaker: {
                /** @description While it is true one job tries now and then and all others wait. */
                open: boolean;
                /** @description `account`: an empty wallet or a bad key; `proxy`: something in the way; `trouble`: no answers. */
                cause: string | null;
                /** @description When it opened. */
                since: string | null;
                /** @description Unknown outcomes and failed connections in a row. */
                failures: number;
            };
            /** @description Attempts that Novita may be working for, of `MAX_IN_FLIGHT`. */
            slots_in_use: number;
        };
        /** @description The video of a job that succeeded. */
        Video: {
            /** @description Novita's own link, which dies within the hour: fetch `urls.video` for one that works. */
            url: string;
            /** @description The file's type, such as `mp4`. */
            type: string;
            /** @description When the link dies; null when Novita did not say. */
            expires_at: string | null;
        };
        /**
         * @description A link to a job's video.
         * @example {
         *       "url": "https://files.example.com/9a1c6f0e.mp4",
         *       "expires_at": "2026-01-01T01:00:00.000Z"
         *     }
         */
        VideoLink: {
            /** @description A link that works now, to anybody who has it. */
            url: string;
            /** @description When the link dies; null when Novita did not say. */
            expires_at: string | null;
        };
        /**
         * @description The caller's own secrets: those that sign the webhooks that its jobs name.
         * @example {
         *       "secrets": [
         *         "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
         *       ]
         *     }
         */
        WebhookSecrets: {
            /** @description The current one first; several while a secret is rotated, and each of them signs. */
            secrets: string[];
        };
    };
    responses: {
        /** @description `budget_exceeded`: The budget does not allow that. */
        BudgetExceeded: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `conflict`: The job's state does not allow that. */
        Conflict: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `encryption_key_missing`: This installation cannot keep the secrets of webhook endpoints. `unavailable`: The queue cannot be reached. */
        EncryptionKeyMissingOrUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `endpoint_deleted`: The endpoint is deleted. `endpoint_disabled`: The endpoint is disabled. */
        EndpointDeletedOrEndpointDisabled: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `endpoint_disabled`: The endpoint is disabled. */
        EndpointDisabled: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `forbidden`: This key may not do that. */
        Forbidden: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `gone`: It is no longer there. */
        Gone: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid`: The request is not valid. */
        Invalid: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid`: The request is not valid. `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
        InvalidOrIdempotencyKeyReused: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `malformed`: The request cannot be read. */
        Malformed: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `malformed`: The request cannot be read. `idempotency_key_invalid`: The Idempotency-Key is not valid. */
        MalformedOrIdempotencyKeyInvalid: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `malformed`: The request cannot be read. `idempotency_key_invalid`: The Idempotency-Key is not valid. `idempotency_key_required`: An Idempotency-Key is required. */
        MalformedOrIdempotencyKeyInvalidOrIdempotencyKeyRequired: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `memory_full`: There is no room for new jobs. `unavailable`: The queue cannot be reached. */
        MemoryFullOrUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not_found`: Not found. */
        NotFound: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rate_limited`: Too many requests. */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `record_unreadable`: A record cannot be understood until the operator has repaired it. */
        RecordUnreadable: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rotated_too_often`: Too many secrets that were replaced still sign. */
        RotatedTooOften: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `test_under_way`: A test of an endpoint is under way. */
        TestUnderWay: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_large`: The body is too large. */
        TooLarge: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_many_endpoints`: There are as many webhook endpoints as a tenant may have. */
        TooManyEndpoints: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_many_open`: Too many waits and streams are open. `rate_limited`: Too many requests. */
        TooManyOpenOrRateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_many_queued`: Too many jobs are queued. `rate_limited`: Too many requests. */
        TooManyQueuedOrRateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unauthorized`: No valid API key. */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unavailable`: The queue cannot be reached. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported_media_type`: The body must be application/json. */
        UnsupportedMediaType: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `upstream_unavailable`: Novita could not be asked in time. */
        UpstreamUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description The state of the job; send it as `If-None-Match` and an unchanged job is 304.
         * @example "7"
         */
        ETag: string;
        /**
         * @description This is the answer to an earlier request with the same key; nothing new happened.
         * @example true
         */
        "Idempotent-Replayed": string;
        /**
         * @description Where the job is, or its video; where the endpoint is.
         * @example /v1/jobs/job_01K9Z4Q6W8D2V5T1R3N7M0X4YB
         */
        Location: string;
        /**
         * @description How long the answer was waited for.
         * @example wait=30
         */
        "Preference-Applied": string;
        /**
         * @description What is left of each limit, and the seconds until there is room again.
         * @example "requests";r=5999;t=60
         */
        RateLimit: string;
        /**
         * @description The limits: how many, in how many seconds.
         * @example "requests";q=6000;w=60
         */
        "RateLimit-Policy": string;
        /**
         * @description Seconds until it makes sense to try again.
         * @example 2
         */
        "Retry-After": number;
        /**
         * @description How to say who you are.
         * @example Bearer realm="onetake"
         */
        "WWW-Authenticate": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            /** @description `unavailable`: The queue cannot be reached. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus' text format, version 0.0.4. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `unauthorized`: No valid API key. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description Only jobs with this status; name it several times for several. */
                status?: ("queued" | "submitting" | "unconfirmed" | "processing" | "succeeded" | "failed" | "canceled" | "expired")[];
                /** @description Only jobs that have this tag. */
                tag?: string;
                /** @description Only jobs with this reference. */
                reference?: string;
                /** @description Only jobs that were created then or later. */
                created_after?: string;
                /** @description Only jobs that were created earlier. Ranges that meet have no job in common, and miss none. */
                created_before?: string;
                /** @description How many at most, 1 to 100; 20 without it. */
                limit?: number;
                /** @description `next` of the page before. It names a place, so it stays good when what stood there is gone. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    createJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
                /** @description `wait=N`: answer when the job has ended or is unconfirmed, at the latest after N seconds (at most 60). */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description A repeat: the job that the first request made, as it is now. Or, with `Prefer: wait`, the job has ended or is unconfirmed. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The job is accepted. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalidOrIdempotencyKeyRequired"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["BudgetExceeded"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["TooManyQueuedOrRateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["MemoryFullOrUnavailable"];
        };
    };
    getJob: {
        parameters: {
            query?: {
                /** @description For how many seconds to wait: 0 to 60. */
                wait?: number;
            };
            header?: {
                /** @description The ETag of the job as you know it, or several: if it is still so, the answer is 304 without a body. */
                "If-None-Match"?: string;
                /** @description `wait=N`: answer when the job has ended or is unconfirmed, at the latest after N seconds (at most 60). */
                Prefer?: string;
                /** @description For streams: the `id` of the last event that you got. The stream goes on after it. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job, or its events. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                    "text/event-stream": string;
                };
            };
            /** @description The job has ended, and its last event is the one that you named: do not come back. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The job is as you know it. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyOpenOrRateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    eraseJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content is erased, now or earlier. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    listJobEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The history. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job, also when it is canceled already. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
                /** @description `wait=N`: answer when the job has ended or is unconfirmed, at the latest after N seconds (at most 60). */
                Prefer?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A repeat: the job that the first request made, as it is now. Or, with `Prefer: wait`, the job has ended or is unconfirmed. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The new job; `retry_of` names the old one. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalidOrIdempotencyKeyRequired"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["BudgetExceeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["TooManyQueuedOrRateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["MemoryFullOrUnavailable"];
        };
    };
    resolveJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolveRequest"];
            };
        };
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalidOrIdempotencyKeyRequired"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["BudgetExceeded"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["TooManyOpenOrRateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["UpstreamUnavailable"];
        };
    };
    getVideo: {
        parameters: {
            query?: {
                /** @description `false`: answer with the link instead of redirecting to it. */
                redirect?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `redirect=false`: the link. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VideoLink"];
                };
            };
            /** @description The video is there. */
            302: {
                headers: {
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyOpenOrRateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["UpstreamUnavailable"];
        };
    };
    getWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secrets, current first. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecrets"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secrets, the new one first. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecrets"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["RotatedTooOften"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description The `next` of the answer before, or the `id` of a message of the stream; `latest`: behind all that there is by now. */
                after?: string;
                /** @description How many at most, 1 to 100; 20 without it. */
                limit?: number;
                /** @description Only events of this type; name it several times for several. As in an endpoint's `events`: `job.*` is all of a kind, and `job.succeeded` brings `job.recovered` along. */
                type?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired" | "job.unconfirmed" | "job.recovered" | "job.submitted" | "job.progress" | "job.*" | "endpoint.disabled" | "endpoint.*")[];
                /** @description For how many seconds to wait while there is no event: 0 to 60. */
                wait?: number;
            };
            header?: {
                /** @description `wait=N`: answer as soon as there is an event, at the latest after N seconds (at most 60), if there is room for a wait. */
                Prefer?: string;
                /** @description For streams: the `id` of the last event that you got. The stream goes on after it. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events. */
            200: {
                headers: {
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventFeed"];
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyOpenOrRateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    listEndpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoints. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    createEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointRequest"];
            };
        };
        responses: {
            /** @description A repeat: the endpoint as it is now. */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEndpoint"];
                };
            };
            /** @description It is made, and enabled. */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEndpoint"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["TooManyEndpoints"];
            410: components["responses"]["Gone"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["EncryptionKeyMissingOrUnavailable"];
        };
    };
    getEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointChange"];
            };
        };
        responses: {
            /** @description The endpoint as it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["EncryptionKeyMissingOrUnavailable"];
        };
    };
    rotateEndpointSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateRequest"];
            };
        };
        responses: {
            /** @description The new secret, and which ones sign now. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedSecret"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["RotatedTooOften"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["EncryptionKeyMissingOrUnavailable"];
        };
    };
    enableEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is enabled, now or earlier. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    disableEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is disabled, now or earlier. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    testEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The attempt has ended: see its `attempts`. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description It takes long: read the delivery later. */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TestUnderWay"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Only the deliveries of this job. */
                job_id?: string;
                /** @description Only deliveries to this endpoint, also when it is deleted. */
                endpoint_id?: string;
                /** @description Only deliveries with this status; name it several times for several. */
                status?: ("pending" | "delivering" | "retrying" | "delivered" | "failed" | "aborted")[];
                /** @description Only deliveries of this event; name it several times for several. */
                event_type?: ("job.succeeded" | "job.failed" | "job.canceled" | "job.expired" | "job.unconfirmed" | "job.recovered" | "job.submitted" | "job.progress" | "endpoint.disabled" | "webhook.test")[];
                /** @description Only deliveries with this `last_error`. */
                error_code?: string;
                /** @description Only deliveries that were raised then or later. */
                created_after?: string;
                /** @description Only deliveries that were raised earlier. */
                created_before?: string;
                /** @description How many at most, 1 to 100; 20 without it. */
                limit?: number;
                /** @description `next` of the page before. It names a place, so it stays good when what stood there is gone. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The delivery's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The delivery's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A repeat: the delivery as it is now. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description It is on its way. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["EndpointDeletedOrEndpointDisabled"];
            410: components["responses"]["Gone"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    recoverEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecoverRequest"];
            };
        };
        responses: {
            /** @description A repeat: what the first one was told. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovered"];
                };
            };
            /** @description They are on their way. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovered"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["EndpointDisabled"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    redeliverMany: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedeliverManyRequest"];
            };
        };
        responses: {
            /** @description A dry run; or a repeat: what the first one was told. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redelivered"];
                };
            };
            /** @description They are on their way. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redelivered"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAllJobs: {
        parameters: {
            query?: {
                /** @description Only this tenant's jobs. */
                tenant?: string;
                /** @description Only jobs with this status; name it several times for several. */
                status?: ("queued" | "submitting" | "unconfirmed" | "processing" | "succeeded" | "failed" | "canceled" | "expired")[];
                /** @description Only jobs that have this tag. */
                tag?: string;
                /** @description Only jobs with this reference. */
                reference?: string;
                /** @description Only jobs that were created then or later. */
                created_after?: string;
                /** @description Only jobs that were created earlier. Ranges that meet have no job in common, and miss none. */
                created_before?: string;
                /** @description How many at most, 1 to 100; 20 without it. */
                limit?: number;
                /** @description `next` of the page before. It names a place, so it stays good when what stood there is gone. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminJobList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSubmissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submissions"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    pauseSubmissions: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PauseRequest"];
            };
        };
        responses: {
            /** @description Paused, now or earlier. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pause"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    resumeSubmissions: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not paused, now or earlier. */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pause"];
                };
            };
            400: components["responses"]["MalformedOrIdempotencyKeyInvalid"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description How many entries at most: 1 to 100. */
                limit?: number;
                /** @description `next` of the page before. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the log. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditLog"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["RecordUnreadable"];
            503: components["responses"]["Unavailable"];
        };
    };
    onJobSucceeded: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.succeeded";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobFailed: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.failed";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCanceled: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.canceled";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobExpired: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.expired";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobUnconfirmed: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.unconfirmed";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobRecovered: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.recovered";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobSubmitted: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.submitted";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobProgress: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "job.progress";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        job: components["schemas"]["EventJob"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onEndpointDisabled: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "endpoint.disabled";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        endpoint: components["schemas"]["EventEndpoint"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onWebhookTest: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same over all attempts: deduplicate by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since 1970: refuse old ones. */
                "webhook-timestamp": string;
                /** @description `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes whose base64 stands after `whsec_` in the secret. Several, separated by spaces, while a secret is rotated: one has to match. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @constant */
                    type: "webhook.test";
                    /** @description `evt_` and a ULID; equals `webhook-id`. */
                    id: string;
                    /**
                     * Format: date-time
                     * @description When it happened.
                     */
                    timestamp: string;
                    data: {
                        endpoint: components["schemas"]["EventEndpoint"];
                    };
                };
            };
        };
        responses: {
            /** @description Stop: this delivery is given up, and its endpoint, if it goes to one, disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Delivered. Answer within the timeout and do the work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Anything else, also a redirect, is a failure: it is tried again on a schedule that runs for days. `Retry-After` is obeyed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
