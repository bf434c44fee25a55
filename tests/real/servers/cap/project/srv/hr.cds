using hr from '../db/schema';

@path: '/odata/v4/hr'
@requires: 'authenticated-user'
service HRService {
  @restrict: [
    { grant: 'READ', to: 'authenticated-user' },
    { grant: '*', to: 'writer' }
  ]
  entity Employees as projection on hr.Employees actions {
    action transfer(department : String) returns Employees;
  };

  @restrict: [
    { grant: 'READ', to: 'authenticated-user' },
    { grant: '*', to: 'writer' }
  ]
  entity Departments as projection on hr.Departments;

  @restrict: [
    { grant: 'READ', to: 'authenticated-user' },
    { grant: '*', to: 'writer' }
  ]
  entity Jobs as projection on hr.Jobs;

  @restrict: [
    { grant: 'READ', to: 'authenticated-user' },
    { grant: '*', to: 'writer' }
  ]
  entity Absences as projection on hr.Absences;
}
