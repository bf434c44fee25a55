// The HR service on loopback: brings its tables up to the model, then serves.
const cds = require('@sap/cds')

async function start() {
  cds.root = __dirname
  const model = await cds.load('*')
  cds.model = cds.compile.for.nodejs(model)
  await cds.deploy(model).to(await cds.connect.to('db'))
  await cds.server({ service: 'all', port: { port: Number(process.env.PORT), host: '127.0.0.1' } })
}

start().catch((error) => {
  console.error(error)
  process.exit(1)
})
