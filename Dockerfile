# A keeper for your own endpoints and Redis. Local chains (`bulkhead up`) need the workspace itself.
FROM node:24-bookworm-slim AS build
WORKDIR /app
RUN npm install --global pnpm@10.34.9
COPY . .
RUN pnpm install --frozen-lockfile --prod --filter bulkhead...

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production NODE_OPTIONS=--conditions=@bulkhead/source
COPY --from=build /app /app
USER node
# Liveness follows the keeper's own loop, not the mere fact that something answers.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD node -e "fetch('http://127.0.0.1:9464/livez').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["node", "packages/bulkhead/src/main.ts"]
CMD ["run", "--config", "/config/bulkhead.yaml"]
