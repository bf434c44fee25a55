const cds = require('@sap/cds')

module.exports = class HRService extends cds.ApplicationService {
  async init() {
    const { Employees } = this.entities

    this.on('transfer', Employees, async (request) => {
      const [key] = request.params
      const person = key.personIdExternal ?? key
      const changed = await UPDATE(Employees, person).with({ department_code: request.data.department })
      return changed ? SELECT.one.from(Employees, person) : request.reject(404)
    })

    await super.init()
  }
}
