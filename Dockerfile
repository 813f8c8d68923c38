# One image for every process: the command says which. Nothing is built, since Node.js runs the TypeScript as it is.
FROM node:24.21.0-bookworm-slim

WORKDIR /app

# The optional dependencies are Node.js itself, for machines that lack it. No package may run a script of its own.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

COPY src ./src
COPY deploy/demo.ts ./deploy/demo.ts

# The defaults are loopback addresses, which nothing outside the container can reach.
ENV HOST=0.0.0.0 WORKER_HOST=0.0.0.0 SIMULATOR_HOST=0.0.0.0

USER node
EXPOSE 3000 3001
CMD ["node", "src/api/main.ts"]
